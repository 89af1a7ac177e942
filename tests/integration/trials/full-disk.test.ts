import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, rmSync, statfsSync } from 'node:fs'
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

/** With `EVENHAND_KILLS`, as the full trial of the kills, every kind. */
const kinds =
  process.env['EVENHAND_KILLS'] === undefined ? (['import', 'evaluate'] as const) : jobKind.options

const folder = makeTemporaryFolder()
const disk = join(folder.path, 'disk')
let stage: TrialStage

/** Why no small disk can be made here, or null. */
function mountDisk(): string | null {
  mkdirSync(disk)
  if (process.platform !== 'linux') return `no small disk can be made on ${process.platform}`
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2g', 'tmpfs', disk], { stdio: 'pipe' })
    return null
  } catch (error) {
    return `no small disk can be mounted: ${String(error).trim()}`
  }
}

const refusal = mountDisk()
if (refusal !== null) process.stdout.write(`Jobs on a full disk are not tried: ${refusal}\n`)

const setSize = (size: string): unknown =>
  execFileSync('mount', ['-o', `remount,size=${size}`, disk], { stdio: 'pipe' })

/** Leaves not a page more than is used. */
function fillDisk(): void {
  const { bsize, blocks, bfree } = statfsSync(disk)
  setSize(String(bsize * (blocks - bfree)))
}

beforeAll(async () => {
  if (refusal === null) stage = await makeTrialStage(folder.path)
}, 300_000)
afterAll(() => {
  if (refusal === null) execFileSync('umount', [disk])
  folder[Symbol.dispose]()
})

describe.skipIf(refusal !== null)('a job on a disk that gets full', () => {
  const seen: string[] = []
  afterAll(() => void process.stdout.write(`${seen.join('\n')}\n`))

  it.each(kinds)(
    'is told to have failed for it, and ends as any other once there is room: %s',
    { timeout: 300_000 },
    async (kind) => {
      const { home, pictures } = stage
      const calm = join(folder.path, `${kind}-calm`)
      const project = join(disk, kind)
      setSize('2g')
      await prepareTrial(stage, kind, calm)
      if (existsSync(calm)) cpSync(calm, project, { recursive: true })
      {
        await using opened = openEngine(home)
        const { client } = opened
        const jobId = await startTrial(client, { kind, project, pictures })
        fillDisk()
        const job = await finishJob(client, jobId)
        seen.push(`${kind}: ${job.state}, ${job.error?.message ?? ''}`)
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
      const startedAt = performance.now()
      const answer = await runCommand(['jobs', '--project', project], { userDataFolder: home })
      seen.push(
        `jobs: exit ${answer.code} in ${Math.round(performance.now() - startedAt)} ms, ${answer.stderr}`,
      )
      // What could not be recorded of a job's end is an interruption for the next process.
      expect(answer.code === 0 ? answer.stdout : answer.stderr).toMatch(
        answer.code === 0
          ? new RegExp(`${kind} +(failed|interrupted)`)
          : /disk.* (Free some space|free space)/,
      )
      expect([0, 69]).toContain(answer.code)
      setSize('2g')
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
