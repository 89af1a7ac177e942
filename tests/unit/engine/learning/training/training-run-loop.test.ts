import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { EpochRecord } from '#shared/contract/run.contract.ts'
import { trainConfig, type TrainConfig } from '#shared/contract/train-config.contract.ts'
import { readSafetensors, writeSafetensors } from '#engine/networks/weights/safetensors.ts'
import { learningRateAt } from '#engine/learning/training/domain/learning-rate.ts'
import { RunCheckpoints } from '#engine/learning/training/run-checkpoints.ts'
import { TensorCache } from '#engine/networks/tensors/tensor-cache.ts'
import { TensorReader } from '#engine/networks/tensors/tensor-reader.ts'
import type { StepEvent } from '#engine/learning/training/train-protocol.ts'
import { openFeeder } from '#engine/learning/training/training-feeder.ts'
import { TrainingLoop, type TrainingEnd } from '#engine/learning/training/training-loop.ts'
import type { TrainingSession } from '#engine/networks/architecture/training-engine.ts'
import { trainingProgress } from '#engine/learning/training/training-progress.ts'
import { validateNetwork } from '#engine/learning/training/validate-network.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { createLinearSession } from '#tests/fixtures/linear-session.ts'

const inputSize = 8
const batchSize = 4
const workers = locateWorkers(new URL('../../../../../src/main/cli.ts', import.meta.url).href)

interface Outcome {
  readonly end: TrainingEnd['reason']
  readonly steps: StepEvent[]
  readonly epochs: EpochRecord[]
  readonly checkpoints: RunCheckpoints
}

interface Options {
  readonly folder: string
  readonly config?: Partial<TrainConfig>
  readonly epochs?: number
  /** Stops after this many steps. */
  readonly stopAfter?: number
  /** Stops after this many batches, wherever in a step that is. */
  readonly stopAfterBatches?: number
  readonly checkpointEveryMs?: number
  readonly session?: TrainingSession
  /** Nothing in the validation part has a label. */
  readonly isUnlabelled?: boolean
  readonly weighLosses?: (epochs: readonly EpochRecord[]) => Map<'gender', number>
}

/** Bright images are labelled 1, dark ones 0; the run goes on from the folder's last checkpoint, as the product does. */
async function runLoop(options: Options): Promise<Outcome> {
  const { folder, stopAfter = Infinity, stopAfterBatches = Infinity } = options
  const config = trainConfig.parse({
    splitId: 1,
    epochs: options.epochs ?? 3,
    learningRate: 0.05,
    seed: 3,
    ...options.config,
  })
  await using cache = await TensorCache.open(folder, inputSize)
  const names = Array.from({ length: 22 }, (_, index) => index.toString(16).padStart(64, '0'))
  const added = names.map((pixelSha256, index) => ({
    pixelSha256,
    tensor: new Uint8Array(3 * inputSize ** 2).fill(index % 2 === 0 ? 40 + index : 160 + index),
  }))
  if (cache.find(names[0] ?? '') === undefined) await cache.append(added)
  const rows = names.map((name) => cache.find(name)).filter((row) => row !== undefined)
  const classes = Int32Array.from(names, (_, index) => index % 2)
  const data = { rows, labels: new Map([['gender', classes] as const]) }
  using reader = new TensorReader(cache.paths.tensors, inputSize)
  const session = options.session ?? createLinearSession({ batchSize, inputSize, classes: 2 })
  const checkpoints = new RunCheckpoints(folder, 'hash')
  const last = await checkpoints.loadLast()
  if (last !== null) session.load(last)
  await using feeder = openFeeder(
    { tensorsFile: cache.paths.tensors, data, config: { ...config, batchSize, inputSize } },
    { workers, threads: 0 },
  )
  const steps: StepEvent[] = []
  const seen: EpochRecord[] = []
  let batches = 0
  const isCancelled = () => steps.length >= stopAfter || batches >= stopAfterBatches
  const loop = new TrainingLoop(
    {
      config: { ...config, batchSize },
      usesYears: false,
      checkpointEveryMs: options.checkpointEveryMs ?? Infinity,
    },
    {
      session,
      feeder: {
        batchesPerEpoch: feeder.batchesPerEpoch,
        nextBatch: (epoch, batch) => {
          batches++
          return feeder.nextBatch(epoch, batch)
        },
      },
      validate: () =>
        validateNetwork(
          session,
          {
            rows,
            labels: options.isUnlabelled === true ? new Map() : data.labels,
            years: new Float32Array(),
          },
          {
            heads: [{ task: 'gender', classes: 2 }],
            ageReadOut: 'class',
            yearsLoss: { kind: 'l1' },
            lossWeights: new Map(),
            races: [],
            reader,
            isCancelled,
          },
        ),
      weighLosses: options.weighLosses ?? (() => new Map()),
      checkpoints,
      now: () => steps.length,
      readMemoryBytes: () => 1000 + steps.length,
      isCancelled,
      onStep: (event) => steps.push(event),
      onEpoch: (record) => seen.push(record),
      onValidation: () => undefined,
    },
    last?.progress,
  )
  const { reason, progress } = await loop.run()
  return { end: reason, steps, epochs: progress.epochs, checkpoints }
}

async function stateOf({ checkpoints }: Outcome) {
  const last = await checkpoints.loadLast()
  return { weights: last?.weights, optimiser: last?.optimiser }
}

/** Of the 22 images answers as many rightly in each epoch as `right` says, each answer by a margin of logits. */
function scriptValidation(script: {
  readonly right: readonly number[]
  readonly margins: readonly number[]
  readonly epochsDone: number
}): TrainingSession {
  const { right, margins } = script
  let epoch = script.epochsDone
  return {
    ...createLinearSession({ batchSize, inputSize, classes: 2 }),
    predict: async (_, count) => {
      const [correct = 0, margin = 0] = [right[epoch], margins[epoch]]
      epoch++
      const gender = Float32Array.from({ length: count * 2 }, (__, at) => {
        const image = Math.floor(at / 2)
        const answer = image < correct ? image % 2 : 1 - (image % 2)
        return at % 2 === answer ? margin : 0
      })
      return { embedding: new Float32Array(count * 512), logits: new Map([['gender', gender]]) }
    },
  }
}

describe('a training run', () => {
  it('learns, measures every epoch, and keeps the best', async () => {
    using folder = makeTemporaryFolder()
    const { epochs, steps, checkpoints } = await runLoop({ folder: folder.path, epochs: 6 })
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1))
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6])
    expect(epochs.at(-1)?.trainLoss).toBeLessThan(epochs[0]?.trainLoss ?? 0)
    expect(epochs.at(-1)?.validation.gender?.accuracy).toMatchObject({ value: 1, n: 22 })
    expect(epochs.at(-1)?.trainLosses).toEqual({ age: null, gender: epochs.at(-1)?.trainLoss, race: null })
    expect(epochs.some(({ isBest }) => isBest)).toBe(true)
    expect([...(await checkpoints.loadBest()).weights.keys()]).toContain('head.gender.weight')
    expect(epochs[1]).toMatchObject({
      lossWeights: { age: null, gender: 1, race: null },
      validationLosses: { age: null, gender: epochs[1]?.validationLoss, race: null },
      gradientNorm: Math.max(...steps.slice(5, 10).map(({ gradientNorm }) => gradientNorm ?? 0)),
      memoryBytes: 1009,
      byRace: [],
    })
  })

  it.each([1, 4, 5, 7, 14])('stopped after step %d and resumed ends in the same bytes', async (stopAfter) => {
    using whole = makeTemporaryFolder()
    using cut = makeTemporaryFolder()
    const undisturbed = await runLoop({ folder: whole.path })
    await runLoop({ folder: cut.path, stopAfter })
    const resumed = await runLoop({ folder: cut.path })
    expect(await stateOf(resumed)).toEqual(await stateOf(undisturbed))
    expect((await stateOf(resumed)).optimiser?.step).toBe(15)
    const bestOf = async ({ checkpoints }: Outcome) => (await checkpoints.loadBest()).weights
    expect(await bestOf(resumed)).toEqual(await bestOf(undisturbed))
    const withoutTime = ({ epochs }: Outcome) =>
      epochs.map(({ trainLoss, validation, isBest }) => ({ trainLoss, validation, isBest }))
    expect(withoutTime(resumed)).toEqual(withoutTime(undisturbed))
  })

  it.each([
    [
      'the more accurate epoch, then the one with the smaller loss',
      [12, 18, 18, 15],
      [1, 1, 1.5, 1],
      [1, 1, 1, 0],
    ],
    ['the earlier of two equal epochs', [12, 18, 18, 12], [1, 1, 1, 9], [1, 1, 0, 0]],
    ['the first, where none gets better', [18, 15, 12, 17], [1, 9, 1, 1], [1, 0, 0, 0]],
  ])('keeps %s, also when resumed in between', async (_, right, margins, expected) => {
    using folder = makeTemporaryFolder()
    const open = (epochsDone: number) => scriptValidation({ right, margins, epochsDone })
    await runLoop({ folder: folder.path, epochs: 4, stopAfter: 12, session: open(0) })
    const { epochs, checkpoints } = await runLoop({ folder: folder.path, epochs: 4, session: open(2) })
    expect(epochs.map(({ validation }) => validation.gender?.accuracy.value)).toEqual(
      right.map((n) => n / 22),
    )
    expect(epochs.map(({ isBest }) => (isBest ? 1 : 0))).toEqual(expected)
    const { metadata } = readSafetensors(readFileSync(checkpoints.bestFile), checkpoints.bestFile)
    expect(metadata['evenhand.epoch']).toBe(String(expected.lastIndexOf(1) + 1))
  })

  it('takes each step at the rate of the whole schedule, also when resumed within an epoch', async () => {
    using folder = makeTemporaryFolder()
    const rates: number[] = []
    const open = (): TrainingSession => {
      const session = createLinearSession({ batchSize, inputSize, classes: 2 })
      return {
        ...session,
        step: (batch, options) => {
          rates.push(options.learningRate)
          return session.step(batch, options)
        },
      }
    }
    await runLoop({ folder: folder.path, stopAfter: 7, session: open() })
    const { epochs } = await runLoop({ folder: folder.path, session: open() })
    const schedule = { schedule: 'one-cycle', maxLearningRate: 0.05, totalSteps: 15 } as const
    expect(rates).toEqual(Array.from({ length: 15 }, (_, step) => learningRateAt(step, schedule)))
    expect(epochs.map(({ learningRate }) => learningRate)).toEqual([rates[4], rates[9], rates[14]])
  })

  it('saves within an epoch when it takes long, so that a kill loses minutes only', async () => {
    using folder = makeTemporaryFolder()
    const broken = createLinearSession({ batchSize, inputSize, classes: 2, failAtStep: 4 })
    await expect(runLoop({ folder: folder.path, checkpointEveryMs: 2, session: broken })).rejects.toThrow(
      'power cut',
    )
    const checkpoint = await new RunCheckpoints(folder.path, 'hash').loadLast()
    expect(checkpoint?.progress).toMatchObject({ epoch: 1, stepsOfEpoch: 2 })
  })

  it.each([
    [
      'the loss is',
      { divergeAtStep: 8 },
      'The loss is no longer a number at step 8 of 15 (epoch 2, learning rate 0',
    ],
    [
      'a gradient is',
      { overflowAtStep: 8 },
      'The gradients are no longer a number at step 8 of 15 (epoch 2, learning',
    ],
  ])('stops when %s no number, says where, and keeps what was good', async (_, fault, told) => {
    using folder = makeTemporaryFolder()
    const session = createLinearSession({ batchSize, inputSize, classes: 2, ...fault })
    const end = await runLoop({ folder: folder.path, session }).catch((error: unknown) => error)
    expect(end).toMatchObject({
      code: 'PRECONDITION',
      message: expect.stringContaining(told),
      details: { reason: 'DIVERGED', step: 8, epoch: 2, bestEpoch: 1 },
    })
    const message = end instanceof Error ? end.message : ''
    expect(message).toMatch(
      /Its best epoch so far, 1, is kept and can be made the model\. Start a new run with a smaller learning rate or a limit on the gradients\.$/,
    )
    const checkpoints = new RunCheckpoints(folder.path, 'hash')
    const checkpoint = await checkpoints.loadLast()
    expect(checkpoint?.progress).toMatchObject({ epoch: 2, stepsOfEpoch: 0 })
    expect([...(checkpoint?.weights.values() ?? [])].every(({ data }) => data.every(Number.isFinite))).toBe(
      true,
    )
    expect((await checkpoints.loadBest()).record?.epoch).toBe(1)
    expect(await checkpoints.loadDivergence()).toBe(message)
  })

  it("refuses another run's checkpoint", async () => {
    using folder = makeTemporaryFolder()
    await runLoop({ folder: folder.path, epochs: 1 })
    await expect(new RunCheckpoints(folder.path, 'other').loadLast()).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `${join(folder.path, 'last.safetensors')} belongs to a run with another configuration. Start a new run.`,
    })
  })

  it('refuses a checkpoint of a newer version, and goes on from one of an older', async () => {
    using folder = makeTemporaryFolder()
    const undisturbed = await runLoop({ folder: folder.path, epochs: 1 })
    const { lastFile } = undisturbed.checkpoints
    const { tensors, metadata } = readSafetensors(readFileSync(lastFile), lastFile)
    const write = (changed: Record<string, string>): void =>
      writeFileSync(lastFile, writeSafetensors(tensors, { metadata: changed, isSealed: true }))
    write({ ...metadata, 'evenhand.checkpoint_version': '3' })
    await expect(undisturbed.checkpoints.loadLast()).rejects.toMatchObject({
      code: 'PRECONDITION',
      message: `${lastFile} was written by a newer version of Evenhand (checkpoints of version 3, while this one knows them up to 2). Resume the run with that version, or start a new run.`,
    })
    const { 'evenhand.checkpoint_version': _version, ...older } = metadata
    const progress = trainingProgress.parse(JSON.parse(metadata['evenhand.progress'] ?? ''))
    const { loss, losses, labelled, seconds, feederWaitSeconds } = progress.sums
    const sums = { loss, losses, labelled, seconds, feederWaitSeconds }
    write({ ...older, 'evenhand.progress': JSON.stringify({ ...progress, sums }) })
    expect((await undisturbed.checkpoints.loadLast())?.progress).toEqual(progress)
  })
})

describe('a run that accumulates', () => {
  const config = { accumulate: 2 } as const

  it('takes a step every so many batches, the last one of an epoch with those that are left', async () => {
    using folder = makeTemporaryFolder()
    const calls: string[] = []
    const linear = createLinearSession({ batchSize, inputSize, classes: 2 })
    const session: TrainingSession = {
      ...linear,
      accumulate: (batch, options) => {
        calls.push('accumulate')
        return linear.accumulate(batch, options)
      },
      step: (batch, options) => {
        calls.push('step')
        return linear.step(batch, options)
      },
    }
    const { steps, epochs } = await runLoop({ folder: folder.path, epochs: 2, config, session })
    const epoch = ['accumulate', 'step', 'accumulate', 'step', 'step']
    expect(calls).toEqual([...epoch, ...epoch])
    expect(steps.map(({ step, totalSteps, epoch: done }) => [step, totalSteps, done])).toEqual(
      [1, 2, 3, 4, 5, 6].map((step) => [step, 6, step / 3]),
    )
    expect(epochs[0]?.trainLosses.gender).toBeCloseTo(epochs[0]?.trainLoss ?? Number.NaN, 12)
  })

  it.each([1, 2, 3, 7, 8, 9])(
    'stopped after batch %d and resumed ends in the same bytes',
    async (batches) => {
      using whole = makeTemporaryFolder()
      using cut = makeTemporaryFolder()
      const open = () => createLinearSession({ batchSize, inputSize, classes: 2, averageDecay: 0.9 })
      const undisturbed = await runLoop({ folder: whole.path, config, session: open() })
      const stopped = await runLoop({ folder: cut.path, config, session: open(), stopAfterBatches: batches })
      expect(stopped.end).toBe('cancelled')
      const resumed = await runLoop({ folder: cut.path, config, session: open() })
      expect(await stateOf(resumed)).toEqual(await stateOf(undisturbed))
      expect([...((await stateOf(resumed)).optimiser?.moments.keys() ?? [])]).toContain(
        'ema/head.gender.weight',
      )
      expect(resumed.epochs.map(({ trainLoss }) => trainLoss)).toEqual(
        undisturbed.epochs.map(({ trainLoss }) => trainLoss),
      )
    },
  )
})

describe('a run with patience', () => {
  const right = [12, 18, 15, 16, 20, 22]
  const margins = [1, 1, 1, 1, 1, 1]
  const run = (folder: string, options: Partial<Options> & { epochsDone?: number } = {}) =>
    runLoop({
      folder,
      epochs: 6,
      config: { patience: 2 },
      session: scriptValidation({ right, margins, epochsDone: options.epochsDone ?? 0 }),
      ...options,
    })

  it('stops after so many epochs without a better one, and keeps the best', async () => {
    using folder = makeTemporaryFolder()
    const { end, epochs, checkpoints } = await run(folder.path)
    expect({ end, epochs: epochs.length }).toEqual({ end: 'patience', epochs: 4 })
    expect((await checkpoints.loadBest()).record).toEqual(epochs[1])
  })

  it('stops there also when resumed, even behind its last epoch', async () => {
    using folder = makeTemporaryFolder()
    await run(folder.path, { stopAfter: 17 })
    expect(await run(folder.path, { epochsDone: 3 })).toMatchObject({
      end: 'patience',
      epochs: { length: 4 },
    })
    const again = await run(folder.path, { epochsDone: 4 })
    expect({ end: again.end, steps: again.steps, epochs: again.epochs.length }).toEqual({
      end: 'patience',
      steps: [],
      epochs: 4,
    })
  })

  it('without labels to measure by takes all its epochs', async () => {
    using folder = makeTemporaryFolder()
    const { end, epochs } = await run(folder.path, { isUnlabelled: true })
    expect({ end, epochs: epochs.length }).toEqual({ end: 'complete', epochs: 6 })
  })
})

describe("a run's choices", () => {
  it('keep the model of every so many epochs beside the last and the best', async () => {
    using folder = makeTemporaryFolder()
    const session = createLinearSession({ batchSize, inputSize, classes: 2, averageDecay: 0.5 })
    const models: unknown[] = []
    const spied: TrainingSession = {
      ...session,
      modelWeights: () => {
        const weights = session.modelWeights()
        models.push(weights.get('head.gender.weight')?.data)
        return weights
      },
    }
    await runLoop({ folder: folder.path, epochs: 5, config: { checkpointEvery: 2 }, session: spied })
    expect(readdirSync(join(folder.path, 'epochs')).sort()).toEqual(['2.safetensors', '4.safetensors'])
    const file = join(folder.path, 'epochs', '4.safetensors')
    const { tensors, metadata } = readSafetensors(readFileSync(file), file)
    expect(metadata['evenhand.epoch']).toBe('4')
    expect(models).toContainEqual(tensors.get('head.gender.weight')?.data)
  })

  it('weigh the losses anew each epoch from those before it, also when resumed within one', async () => {
    using folder = makeTemporaryFolder()
    const weighLosses: Options['weighLosses'] = (before) => new Map([['gender', 1 + before.length]])
    await runLoop({ folder: folder.path, stopAfter: 7, weighLosses })
    const { epochs } = await runLoop({ folder: folder.path, weighLosses })
    expect(epochs.map(({ lossWeights }) => lossWeights?.gender)).toEqual([1, 2, 3])
    for (const { trainLoss, trainLosses, lossWeights } of epochs)
      expect(trainLoss).toBeCloseTo((trainLosses.gender ?? 0) * (lossWeights?.gender ?? 0), 12)
  })
})
