/**
 * The two engines against each other from the same weights and batches. They share formulas and names but neither code
 * nor kernels for the network, its derivatives and the optimisers: there they are hand-written for ONNX Runtime, here
 * TensorFlow.js derives them.
 */
import { describe, expect, it } from 'vitest'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { initialiseNetwork } from '#engine/networks/architecture/initialise-network.ts'
import { createOnnxTrainingEngine } from '#engine/networks/gradients/onnx/create-onnx-training-engine.ts'
import { createTensorFlowTrainingEngine } from '#engine/networks/gradients/tensorflow/create-tensorflow-training-engine.ts'
import {
  findTensorFlowFolder,
  probeTensorFlow,
} from '#engine/networks/gradients/tensorflow/probe-tensorflow.ts'
import type {
  CompileOptions,
  HeadSpec,
  NetworkSpec,
  Objective,
  SgdOptions,
  StateDict,
  StepResult,
  TrainBatch,
  TrainingSession,
} from '#engine/networks/architecture/training-engine.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'
import { faceNetwork, makeFaceBatch, makeFaceWeights } from '#tests/fixtures/face-network.ts'
import { adamW, heads, makeGoldenBatch, makeNetwork } from '#tests/fixtures/golden-batch.ts'
import { measureNorm, subtract, subtractStates } from '#tests/fixtures/measure-tensors.ts'

const workers = locateWorkers(new URL('../../../../../../src/main/cli.ts', import.meta.url).href)
const folder = findTensorFlowFolder(process.env)
const probe = await probeTensorFlow({ workers, folder })
if (!probe.available) process.stderr.write(`The TensorFlow engine is not tested here: ${probe.reason}\n`)

const batchSize = 4
const golden = makeGoldenBatch(batchSize, 32)
const batch: TrainBatch = { ...golden, years: Float32Array.of(31, -1, 4.5, 72) }
const [, gender, race] = heads
const ageInYears = { task: 'age', classes: 1, readOut: 'years' } as const satisfies HeadSpec
const expectedYears = { task: 'age', classes: 101, readOut: 'expected-years' } as const satisfies HeadSpec

/**
 * With the seeds 3, 7 and 11 every gradient of the golden batch agrees to 2e-4; with seed 5 those before the block
 * layer2.1 differ by 3e-2 and those behind it by 2e-4, as one activation at ReLU's kink explains, where float32's
 * rounding decides.
 */
const seed = 3

const sgd = {
  kind: 'sgd',
  momentum: 0.9,
  nesterov: true,
  weightDecay: 0.01,
  decayNormsAndBiases: false,
} as const satisfies SgdOptions

type Options = Omit<CompileOptions, 'batchSize' | 'threads'>

/** The same network in both engines, with the same weights. */
async function openBoth(network: NetworkSpec, options: Options, images = batchSize) {
  const compile = { ...options, batchSize: images, threads: 1 }
  const [tensorFlow, onnx] = await Promise.all([
    createTensorFlowTrainingEngine({ workers, folder }).compile(network, compile),
    createOnnxTrainingEngine({ runtime: createOrtRuntime() }).compile(network, compile),
  ])
  const weights = initialiseNetwork(network, seed)
  for (const session of [tensorFlow, onnx]) session.load({ weights })
  return {
    tensorFlow,
    onnx,
    async [Symbol.asyncDispose]() {
      await Promise.all([tensorFlow.dispose(), onnx.dispose()])
    },
  }
}

/** How far each tensor lies from the reference, relative to its size; tensors of 0 must be 0 in both. */
function measureDistances(actual: StateDict, reference: StateDict): number[] {
  expect([...actual.keys()].toSorted()).toEqual([...reference.keys()].toSorted())
  return Array.from(reference, ([name, { shape, data }]) => {
    const other = actual.get(name)
    expect([name, other?.shape]).toEqual([name, shape])
    const distance = measureNorm(subtract(data, other?.data))
    return distance === 0 ? 0 : distance / measureNorm(data)
  })
}

function expectSameResult(actual: StepResult, reference: StepResult): void {
  const flatten = ({ loss, losses, lossWeights }: StepResult) => [
    loss,
    ...losses.values(),
    ...lossWeights.values(),
  ]
  expect([...actual.losses.keys()]).toEqual([...reference.losses.keys()])
  const expected = flatten(reference)
  flatten(actual).forEach((value, at) =>
    expect(Math.abs(value - (expected[at] ?? Number.NaN))).toBeLessThan(1e-5 * (1 + Math.abs(value))),
  )
}

const makeTable = (classes: number): Float32Array =>
  Float32Array.from({ length: classes ** 2 }, (_, at) => {
    const distance = Math.abs((at % classes) - Math.floor(at / classes))
    return distance === 0 ? 0.8 : distance === 1 ? 0.15 : 0.01
  })
const softAge = { kind: 'cross-entropy', targets: makeTable(9), weights: makeTable(9).slice(0, 9) } as const

const objectives: readonly [string, HeadSpec, Objective][] = [
  ['soft labels and class weights', heads[0], { combination: 'given', losses: new Map([['age', softAge]]) }],
  ['years by L1', ageInYears, { combination: 'given', losses: new Map([['age', { kind: 'l1' }]]) }],
  ['years by L2', ageInYears, { combination: 'given', losses: new Map([['age', { kind: 'l2' }]]) }],
  [
    'years by Huber and learned uncertainty',
    ageInYears,
    { combination: 'uncertainty', losses: new Map([['age', { kind: 'huber', delta: 20 }]]) },
  ],
  [
    'expected years by Huber',
    expectedYears,
    { combination: 'given', losses: new Map([['age', { kind: 'huber', delta: 20 }]]) },
  ],
]

describe.skipIf(!probe.available)(
  `TensorFlow beside ONNX Runtime (${probe.version ?? probe.reason})`,
  { timeout: 300_000 },
  () => {
    it.each(objectives)('both give the same losses and gradients: %s', async (_, age, objective) => {
      const network = makeNetwork({ heads: [age, gender, race] })
      await using both = await openBoth(network, { optimiser: adamW, objective })
      const [ours, theirs] = [await both.onnx.gradients(batch), await both.tensorFlow.gradients(batch)]
      expectSameResult(theirs.result, ours.result)
      const distances = measureDistances(theirs.gradients, ours.gradients)
      expect(Math.max(...distances)).toBeLessThan(1e-3)
    })

    it('both give the same losses, gradients and answers of the face network', async () => {
      const faces = makeFaceBatch()
      await using both = await openBoth(faceNetwork, { optimiser: adamW, trainable: 'last-stage' }, 3)
      const weights = await makeFaceWeights()
      for (const session of [both.onnx, both.tensorFlow]) session.load({ weights })
      const [ours, theirs] = [await both.onnx.gradients(faces), await both.tensorFlow.gradients(faces)]
      expectSameResult(theirs.result, ours.result)
      expect(Math.max(...measureDistances(theirs.gradients, ours.gradients))).toBeLessThan(1e-3)
      const answers = await both.tensorFlow.predict(faces.images, 3)
      const { embedding } = await both.onnx.predict(faces.images, 3)
      expect(answers.embedding).toHaveLength(3 * 128)
      expect(Math.max(...subtract(answers.embedding, embedding).map(Math.abs))).toBeLessThan(1e-4)
    })

    it('both train the last stage alone, by statistics of its own', async () => {
      const network = makeNetwork()
      await using both = await openBoth(network, { optimiser: adamW, trainable: 'last-stage' })
      const [ours, theirs] = [await both.onnx.gradients(batch), await both.tensorFlow.gradients(batch)]
      expectSameResult(theirs.result, ours.result)
      expect(Math.max(...measureDistances(theirs.gradients, ours.gradients))).toBeLessThan(1e-3)
    })

    it('both give the same gradients of the heads on a frozen backbone, and leave that as it is', async () => {
      const network = makeNetwork()
      await using both = await openBoth(network, { optimiser: adamW, trainable: 'heads' })
      const before = both.tensorFlow.weights()
      const [ours, theirs] = [await both.onnx.gradients(batch), await both.tensorFlow.gradients(batch)]
      expectSameResult(theirs.result, ours.result)
      expect(Math.max(...measureDistances(theirs.gradients, ours.gradients))).toBeLessThan(1e-5)
      for (const session of [both.onnx, both.tensorFlow]) await session.step(batch, { learningRate: 0.1 })
      const after = both.tensorFlow.weights()
      const moved = [...before].filter(
        ([name, { data }]) => measureNorm(subtract(data, after.get(name)?.data)) > 0,
      )
      expect(moved.map(([name]) => name).every((name) => name.startsWith('head.'))).toBe(true)
      expect(Math.max(...measureDistances(after, both.onnx.weights()))).toBeLessThan(1e-4)
    })

    const optimisers: readonly [string, Options][] = [
      ['SGD', { optimiser: { ...sgd, momentum: 0, nesterov: false } }],
      ['SGD with Nesterov momentum, clipped', { optimiser: sgd, clipNorm: 5 }],
      ['Adam with coupled decay', { optimiser: { ...adamW, kind: 'adam' } }],
      [
        'AdamW, decaying kernels alone',
        { optimiser: { ...adamW, weightDecay: 0.5, decayNormsAndBiases: false } },
      ],
      [
        'AdamW with averaged weights and learned uncertainty',
        { optimiser: adamW, averageDecay: 0.9, objective: { combination: 'uncertainty', losses: new Map() } },
      ],
    ]

    // The heads alone are smooth in their weights: nothing there magnifies a rounding error from step to step.
    it.each(optimisers)('stay together over twenty steps of the heads: %s', async (_, options) => {
      await using both = await openBoth(makeNetwork(), { ...options, trainable: 'heads' })
      const train = async (session: TrainingSession): Promise<StepResult> => {
        for (let step = 0; step < 19; step++) await session.step(batch, { learningRate: 1e-2 })
        return session.step(batch, { learningRate: 1e-2 })
      }
      const [ours, theirs] = [await train(both.onnx), await train(both.tensorFlow)]
      expect(ours.loss).toBeLessThan(4)
      expect(Math.abs(theirs.loss / ours.loss - 1)).toBeLessThan(1e-4)
      expect(Math.abs((theirs.gradientNorm ?? 0) / (ours.gradientNorm ?? 0) - 1)).toBeLessThan(1e-3)
      const states = (session: TrainingSession) =>
        [session.weights(), session.modelWeights(), session.optimiser().moments] as const
      const expected = states(both.onnx)
      states(both.tensorFlow).forEach((state, at) =>
        expect(Math.max(...measureDistances(state, expected[at] ?? new Map()))).toBeLessThan(1e-3),
      )
      expect(both.tensorFlow.optimiser().step).toBe(20)
    })

    it('take the same step of the whole network from the mean of weighted batches, and count running statistics alike', async () => {
      const options: Options = {
        optimiser: { ...sgd, decayNormsAndBiases: true },
        clipNorm: 5,
        averageDecay: 0.5,
      }
      await using both = await openBoth(makeNetwork(), options)
      const lossWeights = new Map([['age', 0.5] as const, ['race', 2] as const])
      const mirrored = { ...batch, images: batch.images.toReversed() }
      const start = both.onnx.weights()
      const train = async (session: TrainingSession): Promise<readonly StateDict[]> => {
        // A rate that moves weights near 1 by far more than float32 rounds them.
        await session.accumulate(mirrored, { learningRate: 0.1, lossWeights })
        await session.step(batch, { learningRate: 0.1, lossWeights })
        return [session.weights(), session.modelWeights()].map((state) => subtractStates(state, start))
      }
      const [ours, theirs] = [await train(both.onnx), await train(both.tensorFlow)]
      theirs.forEach((moved, at) =>
        expect(Math.max(...measureDistances(moved, ours[at] ?? new Map()))).toBeLessThan(2e-3),
      )
    })

    it('an accumulated batch shows only with the step, and loading forgets it', async () => {
      await using both = await openBoth(makeNetwork(), { optimiser: sgd })
      const { tensorFlow } = both
      const start = tensorFlow.weights()
      await tensorFlow.accumulate(batch, { learningRate: 1e-4 })
      expect(Math.max(...measureDistances(tensorFlow.weights(), start))).toBe(0)
      tensorFlow.load({ weights: start })
      const alone = await tensorFlow.step(batch, { learningRate: 1e-4 })
      tensorFlow.load({ weights: start })
      expect(await tensorFlow.step(batch, { learningRate: 1e-4 })).toEqual(alone)
    })

    it('the same state and batches give the same bits, whether or not the training was saved and resumed', async () => {
      const network = makeNetwork()
      const open = () =>
        createTensorFlowTrainingEngine({ workers, folder }).compile(network, {
          batchSize,
          threads: 2,
          optimiser: adamW,
          averageDecay: 0.9,
        })
      const [straight, first, resumed] = [await open(), await open(), await open()]
      for (const session of [straight, first]) session.load({ weights: initialiseNetwork(network, seed) })
      for (const session of [straight, straight, first]) await session.step(batch, { learningRate: 1e-3 })
      resumed.load({ weights: first.weights(), optimiser: first.optimiser() })
      await resumed.step(batch, { learningRate: 1e-3 })
      expect(
        measureDistances(resumed.weights(), straight.weights()).every((distance) => distance === 0),
      ).toBe(true)
      const moments = [resumed.optimiser().moments, straight.optimiser().moments] as const
      expect(measureDistances(...moments).every((distance) => distance === 0)).toBe(true)
      for (const session of [straight, first, resumed]) await session.dispose()
    })

    it('a task without labels costs nothing and teaches nothing, under learned uncertainty too', async () => {
      const objective: Objective = { combination: 'uncertainty', losses: new Map() }
      await using both = await openBoth(makeNetwork(), { optimiser: adamW, objective })
      const unlabelled: TrainBatch = { ...batch, labels: new Map([['gender', Int32Array.of(0, 1, -1, 1)]]) }
      const { result, gradients } = await both.tensorFlow.gradients(unlabelled)
      expect(Object.fromEntries(result.losses)).toEqual({ age: 0, gender: result.loss, race: 0 })
      for (const name of ['head.age.weight', 'head.race.bias', 'loss.age.log_variance'])
        expect(measureNorm(gradients.get(name)?.data ?? [1])).toBe(0)
      const reference = await both.onnx.gradients(unlabelled)
      expect(Math.max(...measureDistances(gradients, reference.gradients))).toBeLessThan(1e-3)
    })

    it('both predict alike by statistics that training has moved, for any number of images', async () => {
      await using both = await openBoth(makeNetwork(), { optimiser: adamW })
      await both.tensorFlow.step(batch, { learningRate: 1e-3 })
      both.onnx.load({ weights: both.tensorFlow.weights() })
      const images = Uint8Array.from({ length: 7 * 3 * 32 ** 2 }, (_, at) => (at * 7919) % 256)
      const [ours, theirs] = [await both.onnx.predict(images, 7), await both.tensorFlow.predict(images, 7)]
      expect(
        measureNorm(theirs.embedding.map((value, at) => value - (ours.embedding[at] ?? Number.NaN))),
      ).toBeLessThan(1e-4 * measureNorm(ours.embedding))
      expect(Array.from(theirs.logits, ([task, { length }]) => [task, length])).toEqual([
        ['age', 63],
        ['gender', 14],
        ['race', 49],
      ])
      expect((await both.tensorFlow.predict(new Uint8Array(0), 0)).embedding).toHaveLength(0)
      await expect(both.tensorFlow.predict(images, 6)).rejects.toThrow(/6 images of 32 px need 18432/)
    })
  },
)
