import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { TrainConfigInput } from '#shared/contract/train-config.contract.ts'
import { createOnnxTrainingEngine } from '#engine/networks/gradients/onnx/create-onnx-training-engine.ts'
import { RunCheckpoints } from '#engine/learning/training/run-checkpoints.ts'
import { trainNetwork } from '#engine/learning/training/train-network.ts'
import { trainedModel, trainMessage } from '#engine/learning/training/train-protocol.ts'
import type { TrainAssignment, TrainMessage } from '#engine/learning/training/train-protocol.ts'
import { nameLibrary } from '#engine/networks/gradients/onednn/check-library.ts'
import type { TrainingEngine } from '#engine/networks/architecture/training-engine.ts'
import { runWorker } from '#engine/base/threads/run-worker.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'
import { startProcess } from '#tests/fixtures/child-process.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { productWorkers } from '#tests/fixtures/product.ts'
import { createSharedRuntime } from '#tests/fixtures/shared-runtime.ts'
import { testedOnednn } from '#tests/fixtures/tested-engines.ts'
import { makeTrainAssignment } from '#tests/fixtures/train-assignment.ts'

const workers = locateWorkers(new URL('../../../../../src/main/cli.ts', import.meta.url).href)
const engine = createOnnxTrainingEngine({ runtime: createSharedRuntime() })

/** The real engine, whose step `at` of this start throws instead. */
function breakAt(at: number, fail: () => unknown): TrainingEngine {
  return {
    ...engine,
    async compile(network, options) {
      const session = await engine.compile(network, options)
      let steps = 0
      return {
        ...session,
        step: (batch, stepOptions) => {
          if (++steps === at) fail()
          return session.step(batch, stepOptions)
        },
      }
    },
  }
}

interface Watch {
  readonly engine?: TrainingEngine
  /** Cancels after this many steps. */
  readonly stopAfter?: number
}

async function train(
  assignment: TrainAssignment,
  { engine: used = engine, stopAfter = Infinity }: Watch = {},
) {
  const messages: TrainMessage[] = []
  const made = await trainNetwork(assignment, {
    engine: used,
    feed: { workers, threads: 0 },
    tell: (message) => messages.push(message),
    isCancelled: () => messages.filter(({ type }) => type === 'step').length >= stopAfter,
    now: () => performance.now(),
    readMemoryBytes: () => process.memoryUsage.rss(),
  })
  return { made, messages }
}

const lossesOf = (messages: readonly TrainMessage[]) =>
  messages.flatMap((message) => (message.type === 'step' ? [message.loss] : []))

async function loadLast({ runFolder, configHash }: TrainAssignment) {
  return new RunCheckpoints(runFolder, configHash).loadLast()
}

describe('a run whose engine fails', () => {
  it('because its device has gone keeps its checkpoint, and ends in the same weights when resumed', async () => {
    using whole = makeTemporaryFolder()
    using cut = makeTemporaryFolder()
    const choices: Omit<TrainConfigInput, 'splitId'> = {
      averageDecay: 0.9,
      combination: { kind: 'uncertainty' },
    }
    const undisturbed = await train(await makeTrainAssignment(whole.path, choices))
    const assignment = await makeTrainAssignment(cut.path, choices)
    const lost = breakAt(5, () => {
      throw new Error('Uncaptured WebGPU error: Device is lost.')
    })
    await expect(train(assignment, { engine: lost })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(
        /^The device cpu stopped answering at step 5 of 6 \(.*\)\. The last checkpoint is kept\./,
      ),
    })
    expect((await loadLast(assignment))?.progress).toMatchObject({ epoch: 2, stepsOfEpoch: 0 })
    const resumed = await train(assignment)
    expect(resumed.made.weightsSha256).toBe(undisturbed.made.weightsSha256)
  }, 300_000)

  it('for want of memory keeps its checkpoint and says what to make smaller', async () => {
    using folder = makeTemporaryFolder()
    const assignment = await makeTrainAssignment(folder.path)
    const greedy = breakAt(4, () => new Float32Array(2 ** 50))
    await expect(train(assignment, { engine: greedy })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(
        /^There was not enough memory at step 4 of 6, for batches of 8 images of 32 px through ResNet-18 \(Array buffer/,
      ),
    })
    expect((await loadLast(assignment))?.progress).toMatchObject({ epoch: 2, stepsOfEpoch: 0 })
  }, 300_000)
})

describe('a run whose loss is no number', () => {
  it('says so, is not resumed into the same end, and has no model to keep before its first epoch', async () => {
    using folder = makeTemporaryFolder()
    const assignment = await makeTrainAssignment(folder.path, {
      age: { target: 'years', loss: 'l2' },
      optimiser: { kind: 'sgd' },
      schedule: 'constant',
      learningRate: 10,
    })
    const diverged =
      /^(The loss|The gradients|The loss on the validation part) (is|are) no longer a number at step \d of 6 \(epoch \d, learning rate 10\.0\)\. /
    await expect(train(assignment)).rejects.toMatchObject({
      code: 'PRECONDITION',
      message: expect.stringMatching(diverged),
    })
    await expect(train(assignment)).rejects.toMatchObject({
      code: 'PRECONDITION',
      message: expect.stringMatching(
        /^This run cannot be resumed: going on from its checkpoint leads to the same end\. The /,
      ),
      details: { reason: 'DIVERGED' },
    })
    await expect(train({ ...assignment, work: 'keep-best' })).rejects.toMatchObject({
      code: 'PRECONDITION',
      message: expect.stringMatching(/^The run has no best epoch: .*best\.safetensors is missing\./),
    })
  }, 300_000)
})

describe('a run that was stopped', () => {
  it('can end there, with its best epoch so far as the model', async () => {
    using folder = makeTemporaryFolder()
    const assignment = await makeTrainAssignment(folder.path, { epochs: 3 })
    await expect(train(assignment, { stopAfter: 5 })).rejects.toMatchObject({ code: 'CANCELLED' })
    const { made, messages } = await train({ ...assignment, work: 'keep-best' })
    expect(made.best.epoch).toBe(1)
    expect(made.note).toBe(
      'The run was ended before its 3 epochs: epoch 1, its best so far, became the model.',
    )
    expect(messages).toEqual([])
    expect(existsSync(join(assignment.runFolder, 'model', 'model.onnx'))).toBe(true)
  }, 300_000)
})

describe('every choice', () => {
  it.each([
    [
      'bins, weighted where most classes have no image',
      {
        classWeights: 'balanced',
        labelSmoothing: 0.1,
        age: { target: 'bins', labels: 'soft' },
        optimiser: { kind: 'sgd' },
        combination: { kind: 'dwa' },
        accumulate: 2,
        epochs: 3,
      },
    ],
    [
      'years, by learned weights, averaged and clipped',
      {
        age: { target: 'years', loss: 'huber' },
        combination: { kind: 'uncertainty' },
        averageDecay: 0.9,
        clipNorm: 1,
        optimiser: { kind: 'adam' },
        schedule: 'cosine',
        warmupEpochs: 1,
      },
    ],
    [
      'expected years on a frozen backbone, by fixed weights',
      {
        age: { target: 'years', readOut: 'expected-years', loss: 'cross-entropy' },
        combination: { kind: 'fixed', weights: { age: 0.1 } },
        trainable: 'heads',
        augmentation: { crop: 'resized', brightness: 0.2, contrast: 0.2, saturation: 0.2, erasing: 0.5 },
        schedule: 'step',
        stepEpochs: 1,
      },
    ],
  ] as const)(
    'trains to finite figures: %s',
    async (_, choices) => {
      using folder = makeTemporaryFolder()
      const { made, messages } = await train(await makeTrainAssignment(folder.path, structuredClone(choices)))
      expect(lossesOf(messages).every(Number.isFinite)).toBe(true)
      const epochs = messages.flatMap((message) => (message.type === 'epoch' ? [message.record] : []))
      const last = epochs.at(-1)
      expect(last).toMatchObject({
        trainLosses: { age: expect.any(Number), gender: expect.any(Number), race: expect.any(Number) },
        validationLosses: { age: expect.any(Number), gender: expect.any(Number), race: expect.any(Number) },
        lossWeights: { age: expect.any(Number), gender: expect.any(Number), race: expect.any(Number) },
        gradientNorm: expect.any(Number),
        byRace: { length: 5 },
      })
      const { age } = last?.validation ?? {}
      expect(age?.accuracy.n).toBe(9)
      expect(age?.years === null).toBe(choices.age.target === 'bins')
      expect(made.best.isBest).toBe(true)
    },
    120_000,
  )
})

const canMount =
  spawnSync('unshare', ['--map-root-user', '--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0
if (!canMount) {
  process.stderr.write('A full disk is not tested: this system lets no test mount one (unshare).\n')
}

describe.runIf(canMount)('a checkpoint that finds the disk full', () => {
  it('leaves the one before it, and says so', async () => {
    using folder = makeTemporaryFolder()
    const disk = join(folder.path, 'disk')
    mkdirSync(disk)
    const fixture = join(import.meta.dirname, '../../../../fixtures/checkpoint-process.ts')
    const script = `mount -t tmpfs -o size=100k none '${disk}' && "$0" "$@"`
    await using child = startProcess('unshare', [
      '--map-root-user',
      '--mount',
      'sh',
      '-c',
      script,
      process.execPath,
      fixture,
      disk,
    ])
    await expect(child.readLine()).resolves.toEqual({
      failure: {
        code: 'UNAVAILABLE',
        message:
          `Cannot write ${join(disk, 'last.safetensors')}: the disk is full. Free some space, then try again. ` +
          'The checkpoint before it is kept: resume the run to go on from it.',
      },
      step: 1,
      first: 1,
    })
  })
})

describe('a run that records oneDNN', () => {
  it('is computed by the version it names, and by no other', async (context) => {
    if ('reason' in testedOnednn) {
      context.skip(testedOnednn.reason)
      return
    }
    using folder = makeTemporaryFolder()
    const assignment = await makeTrainAssignment(folder.path, { engine: 'onednn', epochs: 1 })
    const trainBy = (recordedEngine: string) =>
      runWorker({
        workers: productWorkers,
        name: 'train',
        input: { ...assignment, recordedEngine },
        progress: trainMessage,
        result: trainedModel,
        signal: new AbortController().signal,
      })
    await expect(trainBy('oneDNN 1.0')).rejects.toMatchObject({
      code: 'PRECONDITION',
      message: expect.stringContaining(
        `oneDNN 1.0 computes it, and here is ${nameLibrary(testedOnednn)} now`,
      ),
    })
    expect((await trainBy(nameLibrary(testedOnednn))).best.epoch).toBe(1)
  })
})
