import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { EpochRecord } from '#shared/contract/run.contract.ts'
import { readSafetensors } from '#engine/models/safetensors.ts'
import { learningRateAt } from '#engine/training/domain/learning-rate.ts'
import { RunCheckpoints } from '#engine/training/run-checkpoints.ts'
import { TensorCache } from '#engine/training/tensor-cache.ts'
import { TensorReader } from '#engine/training/tensor-reader.ts'
import { TrainingFeeder } from '#engine/training/training-feeder.ts'
import { TrainingLoop, type StepEvent } from '#engine/training/training-loop.ts'
import type { TrainingSession } from '#engine/training/training-engine.ts'
import { makeTemporaryFolder } from '../fixtures/folders.ts'
import { createLinearSession } from '../fixtures/linear-session.ts'

const inputSize = 8
const batchSize = 4
const labels = { age: null, gender: ['Male', 'Female'], race: null }

interface Outcome {
  readonly steps: StepEvent[]
  readonly epochs: EpochRecord[]
  readonly checkpoints: RunCheckpoints
}

interface Options {
  readonly folder: string
  readonly epochs?: number
  readonly learningRate?: number
  /** Stops after this many steps. */
  readonly stopAfter?: number
  readonly checkpointEveryMs?: number
  readonly session?: TrainingSession
}

/** Bright images are labelled 1, dark ones 0; the run goes on from the folder's last checkpoint, as the product does. */
async function runLoop(options: Options): Promise<Outcome> {
  const { folder, epochs = 3, learningRate = 0.05, stopAfter = Infinity } = options
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
  const augmentation = { flip: true, crop: true }
  const feeder = new TrainingFeeder(data, reader, { batchSize, inputSize, seed: 3, augmentation })
  const steps: StepEvent[] = []
  const seen: EpochRecord[] = []
  const loop = new TrainingLoop(
    {
      config: { epochs, batchSize, learningRate, schedule: 'one-cycle' },
      labels,
      checkpointEveryMs: options.checkpointEveryMs ?? Infinity,
    },
    {
      session,
      feeder,
      validation: data,
      reader,
      checkpoints,
      now: () => steps.length,
      isCancelled: () => steps.length >= stopAfter,
      onStep: (event) => steps.push(event),
      onEpoch: (record) => seen.push(record),
      onValidation: () => undefined,
    },
    last?.progress,
  )
  const { epochs: recorded } = await loop.run()
  return { steps, epochs: recorded, checkpoints }
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
    expect([...(await checkpoints.loadBest()).keys()]).toContain('head.gender.weight')
  })

  it.each([1, 4, 5, 7, 14])('stopped after step %d and resumed ends in the same bytes', async (stopAfter) => {
    using whole = makeTemporaryFolder()
    using cut = makeTemporaryFolder()
    const undisturbed = await runLoop({ folder: whole.path })
    await runLoop({ folder: cut.path, stopAfter })
    const resumed = await runLoop({ folder: cut.path })
    const stateOf = async ({ checkpoints }: Outcome) => {
      const last = await checkpoints.loadLast()
      return { weights: last?.weights, optimiser: last?.optimiser }
    }
    expect(await stateOf(resumed)).toEqual(await stateOf(undisturbed))
    expect((await stateOf(resumed)).optimiser?.step).toBe(15)
    expect(readFileSync(resumed.checkpoints.bestFile)).toEqual(readFileSync(undisturbed.checkpoints.bestFile))
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

  it('stops when the loss is no number, says where, and keeps the last good checkpoint', async () => {
    using folder = makeTemporaryFolder()
    const session = createLinearSession({ batchSize, inputSize, classes: 2, divergeAtStep: 8 })
    await expect(runLoop({ folder: folder.path, session })).rejects.toMatchObject({
      code: 'PRECONDITION',
      message: expect.stringMatching(
        /^The loss is no longer a number at step 8 of 15 \(epoch 2, learning rate .*\)\. The last checkpoint is kept\. Start a new run with a smaller learning rate\.$/,
      ),
    })
    const checkpoint = await new RunCheckpoints(folder.path, 'hash').loadLast()
    expect(checkpoint?.progress).toMatchObject({ epoch: 2, stepsOfEpoch: 0 })
    expect([...(checkpoint?.weights.values() ?? [])].every(({ data }) => data.every(Number.isFinite))).toBe(
      true,
    )
  })

  it("refuses another run's checkpoint", async () => {
    using folder = makeTemporaryFolder()
    await runLoop({ folder: folder.path, epochs: 1 })
    await expect(new RunCheckpoints(folder.path, 'other').loadLast()).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `${join(folder.path, 'last.safetensors')} belongs to a run with another configuration. Start a new run.`,
    })
  })
})
