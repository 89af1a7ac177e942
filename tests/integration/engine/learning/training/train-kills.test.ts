import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import * as z from 'zod'
import type { RunId } from '#shared/contract/base.contract.ts'
import { trainConfig } from '#shared/contract/train-config.contract.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { startFixture } from '#tests/fixtures/child-process.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishWell } from '#tests/fixtures/jobs.ts'
import { makeLabelledProject } from '#tests/fixtures/labelled-project.ts'
import { testSeed } from '#tests/fixtures/seed.ts'

/** `EVENHAND_KILLS=10` is the full trial; two keep the suite short. */
const kills = Number(process.env['EVENHAND_KILLS'] ?? 2)
const epochs = 3
const stepsPerEpoch = 2

const folder = makeTemporaryFolder()
const home = join(folder.path, 'home')
let opened = openEngine(home)
let made: Awaited<ReturnType<typeof makeLabelledProject>>
let undisturbed: RunId

const training = z.object({
  kind: z.literal('train'),
  state: z.string(),
  phase: z.string().nullable(),
  done: z.int(),
})
const weightsOf = async (runId: RunId): Promise<string | undefined> =>
  (await opened.client.model.list()).find((model) => model.runId === runId)?.weightsSha256

beforeAll(async () => {
  made = await makeLabelledProject(opened.client, { folder: folder.path, images: 60 })
  // Everything that a checkpoint must remember beside weights and moments.
  const config = trainConfig.parse({
    splitId: made.splitId,
    inputSize: 32,
    epochs,
    batchSize: 8,
    accumulate: 2,
    averageDecay: 0.9,
    combination: { kind: 'dwa' },
    age: { target: 'years', loss: 'huber' },
    sampler: { kind: 'inverse-sqrt', by: 'race' },
    augmentation: { crop: 'resized', brightness: 0.2, erasing: 0.3 },
    clipNorm: 5,
    patience: 2,
  })
  const { runId, jobId } = await opened.client.run.start(config)
  await finishWell(opened.client, jobId)
  undisturbed = runId
}, 600_000)

afterAll(async () => {
  await opened[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

it(`killed with SIGKILL ${kills} times at random moments and resumed ends in the same weights`, async () => {
  await opened[Symbol.asyncDispose]()
  const random = createRandom(testSeed, ['kills'])
  const moments: string[] = []
  for (let kill = 0; kill < kills; kill++) {
    await using child = startFixture('train-process.ts', [
      home,
      made.project,
      kill === 0 ? 'start' : 'resume',
    ])
    // From before the first step to the last but one, and then somewhere within what follows.
    const least = random.int(0, epochs * stepsPerEpoch - 2)
    const seen = training.parse(
      await child.readLine((line) => {
        const { success, data } = training.safeParse(line)
        return success && (data.state !== 'running' || data.phase === 'Training') && data.done >= least
      }),
    )
    if (seen.state === 'succeeded') break
    const waitMs = random.int(0, 400)
    await delay(waitMs)
    await child.kill()
    moments.push(`${waitMs} ms after step ${seen.done} (${seen.state})`)
  }
  process.stderr.write(`Killed: ${moments.join('; ')}\n`)
  opened = openEngine(home)
  const { client } = opened
  await client.project.open({ folder: made.project })
  const [killed] = await client.run.list()
  if (killed === undefined) throw new Error('There is no run')
  expect(killed.id).not.toBe(undisturbed)
  if (killed.state !== 'succeeded') {
    const { jobId } = await client.run.resume({ runId: killed.id })
    await finishWell(client, jobId)
  }
  expect(await weightsOf(killed.id)).toBe(await weightsOf(undisturbed))
  const figuresOf = async (runId: RunId) =>
    (await client.run.get({ runId })).epochs.map(
      ({ seconds: _s, feederWaitSeconds: _f, imagesPerSecond: _i, memoryBytes: _m, ...figures }) => figures,
    )
  expect(await figuresOf(killed.id)).toEqual(await figuresOf(undisturbed))
}, 1_800_000)
