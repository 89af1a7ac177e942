import { cpSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { jobKind, jobSnapshot, type JobKind } from '#shared/contract/job.contract.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { startFixture, type LineProcess } from '#tests/fixtures/child-process.ts'
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
import { finishWell } from '#tests/fixtures/jobs.ts'
import { testSeed } from '#tests/fixtures/seed.ts'

/** Kills of each kind of job, every other one inside a commit; four are the full trial. */
const asked = process.env['EVENHAND_KILLS']
const kills = Number(asked ?? 1)
/** Kinds that have no test of their own that kills them, and are quick. */
const kinds = asked === undefined ? (['evaluate', 'export', 'undo-import'] as const) : jobKind.options

const folder = makeTemporaryFolder()
let stage: TrialStage

beforeAll(async () => {
  stage = await makeTrialStage(folder.path)
}, 300_000)
afterAll(() => folder[Symbol.dispose]())

const counted = z.object({ transactions: z.int() })
const ended = z.object({ finishedAt: z.string() })

/** An undisturbed job in a process of its own: how long it took, and in how many transactions. */
async function runCalmly(kind: JobKind, project: string) {
  await using calm = startFixture('trial-process.ts', [stage.home, project, kind, stage.pictures])
  const first = jobSnapshot.parse(await calm.readLine())
  const beganAt = performance.now()
  if (first.finishedAt === null) await calm.readLine((line) => ended.safeParse(line).success)
  const wholeMs = performance.now() - beganAt
  const { transactions } = counted.parse(await calm.readLine((line) => counted.safeParse(line).success))
  return { wholeMs: Math.round(wholeMs), transactions }
}

/** False where the job ends before its fatal commit. */
async function killsItself(child: LineProcess): Promise<boolean> {
  const hasEnded = await child
    .readLine((line) => counted.safeParse(line).success)
    .then(
      () => true,
      () => false,
    )
  // Its output ends before it is known how the process did.
  await child.kill()
  return !hasEnded && child.child.signalCode === 'SIGKILL'
}

/** False where the process ends by itself before. */
async function killWithin(child: LineProcess, milliseconds: number): Promise<boolean> {
  await child.readLine()
  await delay(milliseconds)
  const isAlive = child.child.exitCode === null
  await child.kill()
  return isAlive
}

describe('a job that is killed again and again and resumed ends as an undisturbed one', () => {
  it.each(kinds)('%s', { timeout: 300_000 + kills * 60_000 }, async (kind) => {
    const { home, pictures } = stage
    const [pristine, calm, killed] = ['pristine', 'calm', 'killed'].map((name) =>
      join(folder.path, `${kind}-${name}`),
    ) as [string, string, string]
    await prepareTrial(stage, kind, pristine)
    const makeCopy = (copy: string): void => {
      rmSync(copy, { recursive: true, force: true })
      if (existsSync(pristine)) cpSync(pristine, copy, { recursive: true })
    }
    makeCopy(calm)
    makeCopy(killed)
    const { wholeMs, transactions } = await runCalmly(kind, calm)
    const random = createRandom(testSeed, ['kills', kind])
    const moments: string[] = []
    for (let attempt = 0; moments.length < kills && attempt < 4 * kills; attempt++) {
      const isInCommit = moments.length % 2 === 0
      // First between a result and the end of its job, then anywhere.
      const place =
        attempt === 0
          ? [transactions, 0]
          : [random.int(1, transactions), random.int(0, 1) * random.int(1, 300)]
      const fatal = isInCommit ? place : []
      await using child = startFixture('trial-process.ts', [
        home,
        killed,
        kind,
        pictures,
        ...fatal.map(String),
      ])
      const wasKilled = isInCommit
        ? await killsItself(child)
        : await killWithin(child, random.int(0, wholeMs))
      expect(checkTrial(killed)).toEqual(['ok', []])
      if (wasKilled) moments.push(isInCommit ? `in commit ${fatal[0]} (${fatal[1]} us)` : 'anywhere')
      // What came to its end before its fatal moment begins anew.
      else makeCopy(killed)
    }
    expect(moments).toHaveLength(kills)
    process.stdout.write(
      `${kind}, seed ${testSeed}: ${moments.join(', ')} of ${transactions} commits in ${wholeMs} ms\n`,
    )
    await using opened = openEngine(home)
    const jobId = await startTrial(opened.client, { kind, project: killed, pictures })
    await finishWell(opened.client, jobId)
    await opened.client.project.close()
    expect(dumpTrial(killed)).toEqual(dumpTrial(calm))
    expect(listTrialFiles(killed)).toEqual(listTrialFiles(calm))
  })
})
