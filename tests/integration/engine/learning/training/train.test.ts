import { readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { RunId } from '#shared/contract/base.contract.ts'
import { trainConfig, type TrainConfig } from '#shared/contract/train-config.contract.ts'
import { listHeads } from '#engine/learning/models/model-file.ts'
import { readSafetensors } from '#engine/networks/weights/safetensors.ts'
import { initialiseNetwork } from '#engine/networks/architecture/initialise-network.ts'
import { startFixture } from '#tests/fixtures/child-process.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishJob, finishWell, makeLabelledProject } from '#tests/fixtures/labelled-project.ts'

const folder = makeTemporaryFolder()
const home = join(folder.path, 'home')
let opened = openEngine(home)
let made: Awaited<ReturnType<typeof makeLabelledProject>>
let config: TrainConfig
let undisturbed: RunId

const weightsOf = async (runId: RunId): Promise<string | undefined> => {
  const models = await opened.client.model.list()
  return models.find((model) => model.runId === runId)?.weightsSha256
}

beforeAll(async () => {
  made = await makeLabelledProject(opened.client, { folder: folder.path, images: 60 })
  config = trainConfig.parse({
    splitId: made.splitId,
    arch: 'resnet18',
    inputSize: 32,
    epochs: 3,
    batchSize: 8,
    learningRate: 1e-3,
    weightDecay: 1e-2,
    schedule: 'one-cycle',
    augmentation: { flip: true, crop: 'pad' },
    seed: 1,
    engine: 'auto',
    device: 'auto',
    init: 'random',
  })
  const started = await opened.client.run.start(config)
  await finishWell(opened.client, started.jobId)
  undisturbed = started.runId
}, 300_000)

afterAll(async () => {
  await opened[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

describe('a run that nobody disturbs', () => {
  it('keeps its configuration, its checks, its curves and what it learned from', async () => {
    const run = await opened.client.run.get({ runId: undisturbed })
    const [split] = await opened.client.split.list()
    expect(run).toMatchObject({
      state: 'succeeded',
      splitHash: split?.hash,
      config: { ...config, engine: 'onnx', device: 'cpu' },
      epochsDone: 3,
      counts: { train: 36, validation: 12 },
      labels: { gender: ['Male', 'Female'], race: ['White', 'Black', 'Asian', 'Indian', 'Others'] },
      sanity: { embedding: { ok: true, shape: [8, 512] }, gradients: { ok: true, checked: 60, failed: [] } },
      error: null,
    })
    expect(run.engine).toMatch(/^onnxruntime-node \d/)
    expect(run.device).toMatch(/^CPU, \d+ threads?$/)
    expect(run.notes).toContain('Training starts from random weights.')
    expect(run.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3])
    expect(run.steps.map(({ step }) => step)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1))
    expect(run.epochs[2]?.validation.race?.accuracy.n).toBe(12)
    expect(run.epochs[2]?.raceByGroup).toHaveLength(5)
    expect(run.epochs[2]?.byRace).toHaveLength(5)
    expect(run.epochs[2]).toMatchObject({
      lossWeights: { age: 1, gender: 1, race: 1 },
      gradientNorm: expect.any(Number),
      memoryBytes: expect.any(Number),
    })
    expect(run.epochs.every(({ feederWaitSeconds, seconds }) => feederWaitSeconds < seconds / 2)).toBe(true)
  })

  it('starts from the weights that its seed gives', async () => {
    const { client } = opened
    const { runId, jobId } = await client.run.start({
      ...config,
      seed: 5,
      epochs: 1,
      learningRate: 1e-9,
      weightDecay: 0,
    })
    await finishWell(client, jobId)
    const { modelId, labels } = await client.run.get({ runId })
    const file = join(made.project, 'models', String(modelId), 'model.safetensors')
    const { tensors } = readSafetensors(readFileSync(file), file)
    const network = { arch: 'resnet18', inputSize: 32, heads: listHeads(labels, 'class') } as const
    const initial = initialiseNetwork(network, 5)
    for (const name of ['conv1.weight', 'layer4.1.conv2.weight', 'head.race.weight']) {
      const expected = initial.get(name)?.data ?? new Float32Array()
      const gaps = Array.from(expected, (value, at) =>
        Math.abs(value - (tensors.get(name)?.data[at] ?? Number.NaN)),
      )
      expect(gaps.length).toBeGreaterThan(1000)
      expect(gaps.every((gap) => gap < 1e-6)).toBe(true)
    }
  }, 120_000)

  it("answers with the command line's document", async () => {
    const run = await opened.client.run.get({ runId: undisturbed })
    const job = await opened.client.job.get({ jobId: run.jobId ?? z.never().parse(null) })
    expect(job.result).toMatchObject({
      runId: undisturbed,
      modelId: run.modelId,
      bestEpoch: run.bestEpoch,
      validation: { race: { accuracy: { n: 12 }, n: 12 }, gender: { n: 12 }, age: { n: 12 } },
    })
  })

  it('keeps its best epoch, and no longer what it could have been resumed from', () => {
    const folderOfRun = join(made.project, 'runs', String(undisturbed))
    expect(readdirSync(folderOfRun).filter((name) => name.endsWith('.safetensors'))).toEqual([
      'best.safetensors',
    ])
  })

  it('leaves a model whose weights bear torchvision names, with its card', async () => {
    const { modelId } = await opened.client.run.get({ runId: undisturbed })
    const files = join(made.project, 'models', String(modelId))
    const weights = readSafetensors(readFileSync(join(files, 'model.safetensors')), 'model.safetensors')
    expect(weights.tensors.get('conv1.weight')?.shape).toEqual([64, 3, 7, 7])
    expect(weights.tensors.get('layer4.1.bn2.running_var')?.shape).toEqual([512])
    expect(weights.tensors.get('head.age.weight')?.shape).toEqual([9, 512])
    const card: unknown = JSON.parse(readFileSync(join(files, 'card.json'), 'utf8'))
    expect(card).toMatchObject({
      architecture: { backbone: 'resnet18', input: '32 x 32 RGB', embedding: 512 },
      trainingData: { images: 36 },
      metrics: { part: 'val', images: 12 },
      intendedUse: expect.any(Array),
      inadvisableUse: expect.any(Array),
    })
  })
})

describe('a run that is disturbed', () => {
  it('cancelled between two steps and resumed ends in the same weights', async () => {
    const { client, engine } = opened
    const abort = new AbortController()
    const { runId, jobId } = await client.run.start(config)
    for await (const event of engine.subscribe(abort.signal)) {
      if (event.type !== 'jobChanged' || event.job.id !== jobId) continue
      if (event.job.phase === 'Training' && event.job.done >= 6) break
    }
    await client.job.cancel({ jobId })
    expect((await finishJob(client, jobId)).state).toBe('cancelled')
    expect(await client.run.get({ runId })).toMatchObject({
      state: 'cancelled',
      modelId: null,
      epochsDone: 1,
    })
    expect(await client.run.resume({ runId })).toEqual({ runId, jobId })
    await finishWell(client, jobId)
    expect(await weightsOf(runId)).toBe(await weightsOf(undisturbed))
    const { epochs, steps } = await client.run.get({ runId })
    expect(epochs).toHaveLength(3)
    expect(steps).toHaveLength(12)
  }, 300_000)

  it('killed with SIGKILL and resumed by the CPU ends in the same weights', async () => {
    await opened[Symbol.asyncDispose]()
    {
      await using process = startFixture('train-process.ts', [home, made.project])
      const progress = z.object({
        kind: z.literal('train'),
        phase: z.literal('Training'),
        done: z.int().min(6),
      })
      await process.readLine((line) => progress.safeParse(line).success)
      await process.kill()
    }
    opened = openEngine(home)
    const { client } = opened
    await client.project.open({ folder: made.project })
    const [killed] = await client.run.list()
    expect(killed).toMatchObject({ state: 'interrupted', modelId: null })
    const { runId, jobId } = await client.run.resume({ runId: killed?.id ?? undisturbed, device: 'cpu' })
    expect(jobId).not.toBe(killed?.jobId)
    await finishWell(client, jobId)
    expect(await weightsOf(runId)).toBe(await weightsOf(undisturbed))
    expect(await client.run.get({ runId })).toMatchObject({ state: 'succeeded', epochsDone: 3 })
  }, 300_000)
})

describe('a run that cannot start', () => {
  it('names a split that does not exist', async () => {
    await expect(opened.client.run.start({ ...config, splitId: z.any().parse(99) })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'There is no split 99. Make one first.',
    })
  })

  it('says when the training part is smaller than one batch', async () => {
    await expect(opened.client.run.start({ ...config, batchSize: 64 })).rejects.toMatchObject({
      code: 'PRECONDITION',
      message: expect.stringContaining(
        'has 36 images, fewer than one batch of 64. Use a smaller batch or a larger split.',
      ),
    })
  })

  it('names a weights file that is missing, and one that is no weights file', async () => {
    const missing = join(folder.path, 'none.safetensors')
    await expect(opened.client.run.start({ ...config, init: missing })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    const other = join(made.project, 'catalogue.sqlite')
    await expect(opened.client.run.start({ ...config, init: other })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('catalogue.sqlite: it is no weights file that Evenhand reads'),
    })
  })

  it('names the first images whose files have gone, and how many there are', async () => {
    const moved = `${made.pictures}-moved`
    renameSync(made.pictures, moved)
    try {
      const { jobId } = await opened.client.run.start({ ...config, inputSize: 64 })
      expect((await finishJob(opened.client, jobId)).error).toMatchObject({
        code: 'PRECONDITION',
        message: expect.stringMatching(
          /^48 images of this split cannot be read\. ".*\.png": The file is not there.*And 43 more\. Put the files back where they were, or import them again and make a new split\.$/,
        ),
      })
    } finally {
      renameSync(moved, made.pictures)
    }
  })
})
