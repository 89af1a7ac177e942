import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSafetensors, writeSafetensors } from '#engine/networks/weights/safetensors.ts'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { checkNetwork } from '#engine/networks/gradients/check-network.ts'
import { initialiseNetwork } from '#engine/networks/architecture/initialise-network.ts'
import { createOnnxTrainingEngine } from '#engine/networks/gradients/onnx/create-onnx-training-engine.ts'
import type {
  Predictions,
  StateDict,
  TrainBatch,
  TrainingSession,
} from '#engine/networks/architecture/training-engine.ts'
import { adamW, makeGoldenBatch, makeNetwork } from '#tests/fixtures/golden-batch.ts'
import { createSharedRuntime } from '#tests/fixtures/shared-runtime.ts'

const network = makeNetwork()
const batchSize = 4
const batch = makeGoldenBatch(batchSize, network.inputSize)
const engine = createOnnxTrainingEngine({ runtime: createSharedRuntime() })
/** With graphs of its own, as in another process. */
const otherEngine = createOnnxTrainingEngine({ runtime: createOrtRuntime() })
const initial = initialiseNetwork(network, 3)
const open = (): Promise<TrainingSession> =>
  engine.compile(network, { batchSize, threads: 1, optimiser: adamW })
const openApart = (threads = 1): Promise<TrainingSession> =>
  otherEngine.compile(network, { batchSize, threads, optimiser: adamW })

/** Equal bit for bit: also the sign of a zero and the payload of a NaN count. */
function expectSameBits(actual: StateDict, expected: StateDict): void {
  expect([...actual.keys()]).toEqual([...expected.keys()])
  const bits = ({ data }: { data: Float32Array }) =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  const different = [...expected].filter(([name, tensor]) => {
    const other = actual.get(name)
    return other === undefined || !bits(other).equals(bits(tensor))
  })
  expect(different.map(([name]) => name)).toEqual([])
}

/** The largest absolute difference between two sets of answers. */
function measureGap(a: Predictions, b: Predictions): number {
  const pairs = [...a.logits.entries()].map(([task, logits]) => [logits, b.logits.get(task)] as const)
  const gaps = [[a.embedding, b.embedding] as const, ...pairs].flatMap(([values, others]) =>
    Array.from(values, (value, at) => Math.abs(value - (others?.[at] ?? Number.NaN))),
  )
  return Math.max(...gaps)
}

async function train(session: TrainingSession, steps: number): Promise<number[]> {
  const losses: number[] = []
  for (let step = 0; step < steps; step++)
    losses.push((await session.step(batch, { learningRate: 1e-3 })).loss)
  return losses
}

describe('training with ONNX', () => {
  let session: TrainingSession
  beforeAll(async () => {
    session = await open()
  })
  afterAll(() => session.dispose())

  it('learns a batch by heart', async () => {
    session.load({ weights: initial })
    const losses = await train(session, 12)
    expect(losses[0]).toBeGreaterThan(3)
    expect(losses.at(-1)).toBeLessThan(1)
  })

  it('gives the same bits for the same state and batches in another session, also with two threads', async () => {
    const [one, other] = [await openApart(2), await openApart(2)]
    one.load({ weights: initial })
    other.load({ weights: initial })
    expect(await train(one, 3)).toEqual(await train(other, 3))
    expectSameBits(one.weights(), other.weights())
    expectSameBits(one.optimiser().moments, other.optimiser().moments)
    await Promise.all([one.dispose(), other.dispose()])
  })

  it('gives the same bits whether or not it was saved and resumed in between', async () => {
    session.load({ weights: initial })
    await train(session, 4)
    const [weights, moments] = [session.weights(), session.optimiser().moments]
    const other = await open()
    other.load({ weights: initial })
    await train(other, 2)
    const saved = {
      weights: writeSafetensors(other.weights()),
      moments: writeSafetensors(other.optimiser().moments),
      step: other.optimiser().step,
    }
    await other.dispose()
    const resumed = await openApart()
    resumed.load({
      weights: readSafetensors(saved.weights, 'weights').tensors,
      optimiser: { step: saved.step, moments: readSafetensors(saved.moments, 'moments').tensors },
    })
    await train(resumed, 2)
    expect(resumed.optimiser().step).toBe(4)
    expectSameBits(resumed.weights(), weights)
    expectSameBits(resumed.optimiser().moments, moments)
    await resumed.dispose()
  })

  it('gives back what it was given', () => {
    session.load({ weights: initial })
    expectSameBits(session.weights(), initial)
    expect(session.optimiser().step).toBe(0)
  })

  it('leaves the state alone when it only computes gradients or predicts', async () => {
    session.load({ weights: initial })
    await session.gradients(batch)
    await session.predict(batch.images, batchSize)
    expectSameBits(session.weights(), initial)
  })

  it('a task without labels costs nothing, teaches its head nothing, and spoils no other gradient', async () => {
    session.load({ weights: initial })
    const { result, gradients } = await session.gradients({
      images: batch.images,
      labels: new Map([['gender', Int32Array.of(0, 1, -1, 1)]]),
    })
    expect(Object.fromEntries(result.losses)).toEqual({ age: 0, gender: result.loss, race: 0 })
    expect(result.loss).toBeGreaterThan(0)
    for (const name of ['head.age.weight', 'head.age.bias', 'head.race.weight', 'head.race.bias'])
      expect(gradients.get(name)?.data.every((value) => value === 0)).toBe(true)
    for (const [, { data }] of gradients) expect(data.every(Number.isFinite)).toBe(true)
  })

  it('an item without labels does not change the other items through the loss', async () => {
    session.load({ weights: initial })
    const relabelled = (label: number): TrainBatch => ({
      images: batch.images,
      labels: new Map([['age', Int32Array.of(1, 2, label, -1)]]),
    })
    const [masked, labelled] = [
      await session.gradients(relabelled(-1)),
      await session.gradients(relabelled(3)),
    ]
    expect(masked.result.loss).not.toBe(labelled.result.loss)
    expect((await session.gradients(relabelled(-1))).result).toEqual(masked.result)
  })

  it('passes the two checks that run before every training', async () => {
    session.load({ weights: initial })
    expect(await checkNetwork(session, network, 1)).toEqual({
      embedding: { images: batchSize, valuesPerImage: 512, isFinite: true, passed: true },
      gradients: { parameters: 60, silent: [], notFinite: [], passed: true },
      passed: true,
    })
  })

  it('names the parameters that a normalisation stuck at 0 cuts off', async () => {
    const scale = initial.get('layer4.1.bn2.weight')
    const weights = new Map(initial).set('layer4.1.bn2.weight', {
      shape: scale?.shape ?? [],
      data: new Float32Array(scale?.data.length ?? 0),
    })
    session.load({ weights })
    expect((await checkNetwork(session, network, 1)).gradients).toMatchObject({
      silent: ['layer4.1.conv1.weight', 'layer4.1.bn1.weight', 'layer4.1.bn1.bias', 'layer4.1.conv2.weight'],
      passed: false,
    })
  })

  it('predicts each image by itself: neither its neighbours nor their number matter', async () => {
    session.load({ weights: initial })
    const size = 3 * network.inputSize ** 2
    const all = await session.predict(batch.images, batchSize)
    const one = await session.predict(batch.images.subarray(size, 2 * size), 1)
    expect(one.embedding).toHaveLength(512)
    one.embedding.forEach((value, index) =>
      expect(value).toBeCloseTo(all.embedding[512 + index] ?? Number.NaN, 5),
    )
    expect(Object.fromEntries([...all.logits].map(([task, values]) => [task, values.length]))).toEqual({
      age: 36,
      gender: 8,
      race: 28,
    })
    expect((await session.predict(new Uint8Array(0), 0)).embedding).toHaveLength(0)
  })

  it('answers by the training graph as by the one that is exported, with statistics that training has moved', async () => {
    session.load({ weights: initial })
    await train(session, 3)
    const weights = session.weights()
    // Seven images: one batch and a part of one.
    const images = Uint8Array.from({ length: 7 * 3 * network.inputSize ** 2 }, (_, at) => (at * 7919) % 256)
    const [trained, exported] = [await session.predictAsTrained(images, 7), await session.predict(images, 7)]
    expect(trained.embedding).toHaveLength(7 * 512)
    expect(measureGap(trained, exported)).toBeLessThan(1e-4)
    expectSameBits(session.weights(), weights)
    session.load({ weights: initial })
    expect(measureGap(await session.predictAsTrained(images, 7), exported)).toBeGreaterThan(1e-2)
  })

  it('predicts with the weights of the moment', async () => {
    session.load({ weights: initial })
    const before = await session.predict(batch.images, batchSize)
    await train(session, 1)
    const after = await session.predict(batch.images, batchSize)
    expect(after.embedding).not.toEqual(before.embedding)
    session.load({ weights: initial })
    expect((await session.predict(batch.images, batchSize)).embedding).toEqual(before.embedding)
  })

  it('decays neither norms nor biases when told so', async () => {
    const spared = await engine.compile(network, {
      batchSize,
      threads: 1,
      optimiser: { ...adamW, weightDecay: 0.5, decayNormsAndBiases: false },
    })
    const decayed = await engine.compile(network, {
      batchSize,
      threads: 1,
      optimiser: { ...adamW, weightDecay: 0.5 },
    })
    const plain = await engine.compile(network, {
      batchSize,
      threads: 1,
      optimiser: { ...adamW, weightDecay: 0 },
    })
    const [a, b, c] = await Promise.all(
      [spared, decayed, plain].map(async (each) => {
        each.load({ weights: initial })
        await each.step(batch, { learningRate: 1e-2 })
        const weights = each.weights()
        await each.dispose()
        return weights
      }),
    )
    expect(a?.get('bn1.weight')?.data).toEqual(c?.get('bn1.weight')?.data)
    expect(a?.get('head.age.bias')?.data).toEqual(c?.get('head.age.bias')?.data)
    expect(a?.get('conv1.weight')?.data).toEqual(b?.get('conv1.weight')?.data)
    expect(b?.get('bn1.weight')?.data).not.toEqual(c?.get('bn1.weight')?.data)
  })

  it.each([
    [
      'a batch of another size',
      { images: new Uint8Array(5), labels: batch.labels },
      /4 images of 32 px need 12288/,
    ],
    [
      'a label beyond the classes',
      { ...batch, labels: new Map([['gender', Int32Array.of(0, 1, 2, 0)]] as const) },
      /gender label 2/,
    ],
    [
      'labels for too few images',
      { ...batch, labels: new Map([['race', Int32Array.of(0)]] as const) },
      /1 race labels for 4/,
    ],
  ])('refuses %s', async (_, wrong, message) => {
    await expect(session.step(wrong, { learningRate: 1e-3 })).rejects.toThrow(message)
  })

  it('refuses weights that lack a tensor or have another shape, and keeps its own', () => {
    session.load({ weights: initial })
    const lacking = new Map(initial)
    lacking.delete('layer3.0.conv1.weight')
    expect(() => session.load({ weights: lacking })).toThrow('The weights lack layer3.0.conv1.weight')
    const misshapen = new Map(initial).set('head.age.bias', { shape: [7], data: new Float32Array(7) })
    expect(() => session.load({ weights: misshapen })).toThrow(
      'head.age.bias has the shape [7] where the network wants [9]',
    )
    expectSameBits(session.weights(), initial)
  })

  it.each([
    [{ inputSize: 50 }, 4, /multiple of 32, not 50/],
    [{ heads: [] }, 4, /no heads/],
    [{ heads: [{ task: 'age', classes: 1 }] as const }, 4, /age needs at least 2 classes/],
    [{}, 1, /batch size must be at least 2/],
  ])('refuses a network it cannot train: %j', async (overrides, size, message) => {
    await expect(
      engine.compile(makeNetwork(overrides), { batchSize: size, threads: 1, optimiser: adamW }),
    ).rejects.toThrow(message)
  })
})

describe('initial weights', () => {
  it('the same seed gives the same bits, another seed others', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), (seed) => {
        const once = initialiseNetwork(network, seed)
        expectSameBits(once, initialiseNetwork(network, seed))
        expect(once.get('conv1.weight')?.data).not.toEqual(
          initialiseNetwork(network, seed + 1).get('conv1.weight')?.data,
        )
      }),
      { numRuns: 2 },
    )
  })

  it('has the spread that He et al. (2015) ask for, and the uniform heads of a linear layer', () => {
    const spread = (name: string): number => {
      const data = initial.get(name)?.data ?? new Float32Array(0)
      return Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length)
    }
    expect(spread('conv1.weight') / Math.sqrt(2 / (64 * 49))).toBeCloseTo(1, 1)
    expect(spread('layer4.1.conv2.weight') / Math.sqrt(2 / (512 * 9))).toBeCloseTo(1, 2)
    expect(spread('head.age.weight') / (1 / Math.sqrt(512 * 3))).toBeCloseTo(1, 1)
    expect(Math.max(...(initial.get('head.age.weight')?.data ?? []).map(Math.abs))).toBeLessThanOrEqual(
      1 / Math.sqrt(512),
    )
  })
})
