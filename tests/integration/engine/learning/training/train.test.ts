import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { RunId } from '#shared/contract/base.contract.ts'
import { trainConfig, type TrainConfig } from '#shared/contract/train-config.contract.ts'
import { tasks } from '#shared/domain/tasks.ts'
import { listHeads } from '#engine/learning/models/model-file.ts'
import { readEvents } from '#engine/networks/tensorboard/event-files.ts'
import { readSafetensors } from '#engine/networks/weights/safetensors.ts'
import { initialiseNetwork } from '#engine/networks/architecture/initialise-network.ts'
import { startFixture } from '#tests/fixtures/child-process.ts'
import { openEngine } from '#tests/fixtures/engine.ts'
import { listCurves } from '#tests/fixtures/event-curves.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { finishJob, finishWell } from '#tests/fixtures/jobs.ts'
import { makeLabelledProject } from '#tests/fixtures/labelled-project.ts'

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

const eventsOf = (runId: RunId): string => join(made.project, 'runs', String(runId), 'tensorboard')
const curvesOf = async (runId: RunId) => listCurves(await readEvents(eventsOf(runId)))
const stepsOf = (points: readonly [number, number | null][] | undefined) => points?.map(([step]) => step)

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
      trainable: 'heads',
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

  it('writes the curves that it keeps as TensorBoard events, and nothing else', async () => {
    const run = await opened.client.run.get({ runId: undisturbed })
    const curves = await curvesOf(undisturbed)
    const rounded = (value: number | null | undefined) => Math.fround(value ?? Number.NaN)
    expect(curves.get('loss/train_step')).toEqual(run.steps.map(({ step, loss }) => [step, rounded(loss)]))
    const byEpoch = (tag: string) => curves.get(tag)?.map(([, value]) => value)
    expect(stepsOf(curves.get('loss/train'))).toEqual([4, 8, 12])
    expect(byEpoch('loss/train')).toEqual(run.epochs.map(({ trainLoss }) => rounded(trainLoss)))
    expect(byEpoch('loss/validation')).toEqual(run.epochs.map((one) => rounded(one.validationLoss)))
    expect(byEpoch('accuracy/race')).toEqual(
      run.epochs.map(({ validation }) => rounded(validation.race?.accuracy.value)),
    )
    const groups = (run.epochs[0]?.raceByGroup ?? []).filter(({ accuracy }) => accuracy.n > 0)
    expect(new Set(curves.keys())).toEqual(
      new Set([
        '_hparams_/session_end_info',
        '_hparams_/session_start_info',
        'config',
        'learning_rate',
        'loss/train',
        'loss/train_step',
        'loss/validation',
        'speed/epoch_seconds',
        'speed/feeder_wait_seconds',
        'speed/images_per_second',
        'gradient_norm',
        'speed/memory_bytes',
        ...tasks.flatMap((task) => [`accuracy/${task}`, `loss/train_${task}`, `loss/validation_${task}`]),
        ...tasks.map((task) => `loss_weight/${task}`),
        ...tasks.flatMap((task) => [`confusion_${task}/best`, `confusion_${task}/last`]),
        ...groups.flatMap(({ group }) => tasks.map((task) => `${task}_accuracy/${group}`)),
      ]),
    )
    expect(stepsOf(curves.get('confusion_race/last'))).toEqual([12])
    expect(stepsOf(curves.get('confusion_race/best'))).toEqual(
      run.epochs.filter(({ isBest }) => isBest).map(({ epoch }) => epoch * 4),
    )
    expect(run.notes.join(' ')).not.toContain('TensorBoard')
  })
})

describe('a run that is disturbed', () => {
  let resumed: RunId

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
    const cancelled = await client.run.get({ runId })
    expect(cancelled).toMatchObject({ state: 'cancelled', modelId: null })
    // Where exactly it stopped hangs on how busy the machine is.
    expect([1, 2]).toContain(cancelled.epochsDone)
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
    resumed = runId
  }, 300_000)

  it('killed and resumed has the TensorBoard events of the undisturbed run', async () => {
    expect(resumed).not.toBe(undisturbed)
    expect(readdirSync(eventsOf(resumed))).toHaveLength(2)
    const isTimed = (tag: string) => tag.startsWith('speed/')
    const reproducible = async (id: RunId) =>
      Object.fromEntries([...(await curvesOf(id))].filter(([tag]) => !isTimed(tag)))
    expect(await reproducible(resumed)).toEqual(await reproducible(undisturbed))
  })
})

describe("a run's TensorBoard events", () => {
  it('that cannot be written do not stop the training, and its notes say so', async () => {
    const next = Math.max(...(await opened.client.run.list()).map(({ id }) => id)) + 1
    const blocked = join(made.project, 'runs', String(next))
    mkdirSync(blocked, { recursive: true })
    writeFileSync(join(blocked, 'tensorboard'), '')
    const { runId, jobId } = await opened.client.run.start({ ...config, epochs: 1, trainable: 'heads' })
    await finishWell(opened.client, jobId)
    expect(runId).toBe(next)
    const { state, notes } = await opened.client.run.get({ runId })
    expect(state).toBe('succeeded')
    expect(notes.filter((note) => note.startsWith('TensorBoard events are incomplete'))).toHaveLength(1)
  }, 120_000)
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
