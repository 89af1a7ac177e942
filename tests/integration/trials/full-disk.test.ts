import { execFileSync } from 'node:child_process'
import { closeSync, cpSync, existsSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jobKind } from '#shared/contract/job.contract.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import {
  checkTrial,
  dumpTrial,
  listTrialFiles,
  makeTrialStage,
  prepareTrial,
  startTrial,
  type TrialStage,
} from '#tests/fixtures/job-trials.ts'
import { finishJob, finishWell } from '#tests/fixtures/jobs.ts'
import { runCommand } from '#tests/fixtures/run-command.ts'

const folder = makeTemporaryFolder()
const disk = join(folder.path, 'disk')
const filler = join(disk, 'filler')
let stage: TrialStage

/** Why no small disk can be made here, or null. */
function mountDisk(): string | null {
  mkdirSync(disk)
  if (process.platform !== 'linux') return `no small disk can be made on ${process.platform}`
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk], { stdio: 'pipe' })
    return null
  } catch (error) {
    return `no small disk can be mounted: ${String(error).trim()}`
  }
}

const refusal = mountDisk()
if (refusal !== null) process.stdout.write(`Jobs on a full disk are not tried: ${refusal}\n`)

/** Takes what room there is, to the last byte. */
function fillDisk(): void {
  const descriptor = openSync(filler, 'a')
  try {
    for (let bytes = 1024 * 1024; bytes >= 1;) {
      try {
        if (writeSync(descriptor, Buffer.alloc(bytes)) < bytes) bytes = Math.floor(bytes / 2)
      } catch {
        bytes = Math.floor(bytes / 2)
      }
    }
  } finally {
    closeSync(descriptor)
  }
}

beforeAll(async () => {
  if (refusal === null) stage = await makeTrialStage(folder.path)
}, 300_000)
afterAll(() => {
  if (refusal === null) execFileSync('umount', [disk])
  folder[Symbol.dispose]()
})

describe.skipIf(refusal !== null)('a job on a disk that gets full', () => {
  it.each(jobKind.options)(
    'is told to have failed for it, and ends as any other once there is room: %s',
    { timeout: 300_000 },
    async (kind) => {
      const { home, pictures } = stage
      const calm = join(folder.path, `${kind}-calm`)
      const project = join(disk, kind)
      await prepareTrial(stage, kind, calm)
      if (existsSync(calm)) cpSync(calm, project, { recursive: true })
      {
        await using opened = openEngine(home)
        const { client } = opened
        const jobId = await startTrial(client, { kind, project, pictures })
        fillDisk()
        const job = await finishJob(client, jobId)
        expect(job).toMatchObject({
          state: 'failed',
          error: {
            code: 'UNAVAILABLE',
            message: expect.stringMatching(/disk.* (Free some space|free space)/),
          },
        })
        expect(job.error?.message).toContain(project)
        expect((await client.job.list({}))[0]).toEqual(job)
      }
      const answer = await runCommand(['jobs', '--project', project], { userDataFolder: home })
      expect([answer.signal, [0, 69]]).toEqual([null, expect.arrayContaining([0, answer.code])])
      if (answer.code === 69) expect(answer.stderr).toMatch(/disk.* (Free some space|free space)/)
      rmSync(filler)
      expect(checkTrial(project)).toEqual(['ok', []])

      await using opened = openEngine(home)
      const { client } = opened
      await finishWell(client, await startTrial(client, { kind, project: calm, pictures }))
      await finishWell(client, await startTrial(client, { kind, project, pictures }))
      await client.project.close()
      expect(dumpTrial(project)).toEqual(dumpTrial(calm))
      expect(listTrialFiles(project)).toEqual(listTrialFiles(calm))
      rmSync(project, { recursive: true })
    },
  )
})
