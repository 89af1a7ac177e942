import { cpSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { jobKind, jobSnapshot, type JobKind } from '#shared/contract/job.contract.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { startFixture } from '#tests/fixtures/child-process.ts'
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
const kinds = asked === undefined ? (['evaluate', 'export'] as const) : jobKind.options

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
  const startedAt = performance.now()
  const first = jobSnapshot.parse(await calm.readLine())
  const beganAt = performance.now()
  if (first.finishedAt === null) await calm.readLine((line) => ended.safeParse(line).success)
  const wholeMs = performance.now() - beganAt
  const { transactions } = counted.parse(await calm.readLine((line) => counted.safeParse(line).success))
  return { wholeMs, startMs: beganAt - startedAt, transactions }
}

describe('a job that is killed again and again and resumed ends as an undisturbed one', () => {
  it.each(kinds)('%s', { timeout: 300_000 + kills * 60_000 }, async (kind) => {
    const { home, pictures } = stage
    const [pristine, calm, killed] = ['pristine', 'calm', 'killed'].map((name) =>
      join(folder.path, `${kind}-${name}`),
    ) as [string, string, string]
    await prepareTrial(stage, kind, pristine)
    for (const copy of [calm, killed]) if (existsSync(pristine)) cpSync(pristine, copy, { recursive: true })
    const { wholeMs, transactions } = await runCalmly(kind, calm)
    const random = createRandom(testSeed, ['kills', kind])
    const moments: string[] = []
    for (let kill = 0; kill < kills; kill++) {
      const isInCommit = kill % 2 === 0
      // First between a result and the end of its job, then anywhere.
      const place = [
        kill === 0 ? transactions : random.int(1, transactions),
        kill === 0 ? 0 : random.int(0, 400),
      ]
      const fatal = isInCommit ? place : []
      await using child = startFixture('trial-process.ts', [
        home,
        killed,
        kind,
        pictures,
        ...fatal.map(String),
      ])
      // A job that ended sooner than its fatal moment was not killed, which is said below.
      const outcome = await child
        .readLine((line) => counted.safeParse(line).success || !isInCommit)
        .then(
          () => 'alive',
          () => 'gone',
        )
      if (!isInCommit) await delay(random.int(0, Math.round(wholeMs)))
      const hadEnded = child.child.exitCode !== null
      await child.kill()
      moments.push(
        isInCommit
          ? `in commit ${fatal[0]} of ${transactions} after ${fatal[1]} us (${outcome})`
          : `in ${Math.round(wholeMs)} ms${hadEnded ? ' (had ended)' : ''}`,
      )
      expect(checkTrial(killed)).toEqual(['ok', []])
    }
    process.stdout.write(`${kind}, seed ${testSeed}: ${moments.join('; ')}\n`)
    await using opened = openEngine(home)
    const jobId = await startTrial(opened.client, { kind, project: killed, pictures })
    await finishWell(opened.client, jobId)
    await opened.client.project.close()
    expect(dumpTrial(killed)).toEqual(dumpTrial(calm))
    expect(listTrialFiles(killed)).toEqual(listTrialFiles(calm))
  })
})
