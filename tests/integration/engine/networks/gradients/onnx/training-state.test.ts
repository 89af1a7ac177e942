/** What a session keeps between steps: averages, accumulated gradients, a frozen backbone, the loss's own parameters. */
import { describe, expect, it } from 'vitest'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { checkNetwork } from '#engine/networks/gradients/check-network.ts'
import { initialiseNetwork } from '#engine/networks/architecture/initialise-network.ts'
import { createOnnxTrainingEngine } from '#engine/networks/gradients/onnx/create-onnx-training-engine.ts'
import type {
  CompileOptions,
  NetworkSpec,
  StateDict,
  TrainBatch,
  TrainingSession,
} from '#engine/networks/architecture/training-engine.ts'
import { adamW, makeGoldenBatch, makeNetwork } from '#tests/fixtures/golden-batch.ts'
import { createSharedRuntime } from '#tests/fixtures/shared-runtime.ts'

const batchSize = 4
const network = makeNetwork()
const initial = initialiseNetwork(network, 3)
const engine = createOnnxTrainingEngine({ runtime: createSharedRuntime() })
/** With graphs of its own, as in another process. */
const otherEngine = createOnnxTrainingEngine({ runtime: createOrtRuntime() })
const plain = new Map()
const options = { learningRate: 1e-3 }

const open = (
  overrides: Partial<CompileOptions> = {},
  spec: NetworkSpec = network,
): Promise<TrainingSession> => engine.compile(spec, { batchSize, threads: 1, optimiser: adamW, ...overrides })

/** Three batches of which no two are alike. */
const batches: readonly TrainBatch[] = [0, 1, 2].map((index) => {
  const { images, labels } = makeGoldenBatch(3 * batchSize, network.inputSize)
  const imageSize = images.length / (3 * batchSize)
  const [start, end] = [index * batchSize, (index + 1) * batchSize]
  return {
    images: images.subarray(start * imageSize, end * imageSize),
    labels: new Map(Array.from(labels, ([task, all]) => [task, all.slice(start, end)] as const)),
    years: Float32Array.from({ length: batchSize }, (_, n) => 10 * n + index),
  }
})
const [first, second, third] = batches
if (first === undefined || second === undefined || third === undefined) throw new Error('no batches')

const listDifferent = (a: StateDict, b: StateDict): string[] =>
  [...new Set([...a.keys(), ...b.keys()])].filter((name) => {
    const bits = (tensors: StateDict): Buffer => {
      const data = tensors.get(name)?.data ?? new Float32Array(0)
      return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    }
    return !a.has(name) || !b.has(name) || !bits(a).equals(bits(b))
  })

describe('accumulated gradients', () => {
  it('wait, with the statistics they moved, until a step takes them', async () => {
    const session = await open({ averageDecay: 0.9 })
    session.load({ weights: initial })
    await session.step(first, options)
    const before = { weights: session.weights(), optimiser: session.optimiser() }
    const { gradientNorm } = await session.accumulate(second, options)
    await session.accumulate(third, options)
    expect(gradientNorm).toBeNull()
    expect(listDifferent(session.weights(), before.weights)).toEqual([])
    expect(listDifferent(session.optimiser().moments, before.optimiser.moments)).toEqual([])
    expect(session.optimiser().step).toBe(1)
    await session.step(first, options)
    const after = session.weights()
    expect(listDifferent(after, before.weights)).toEqual([...after.keys()])
    session.load(before)
    await session.accumulate(second, options)
    await session.accumulate(third, options)
    await session.step(first, options)
    expect(listDifferent(session.weights(), after)).toEqual([])
    await session.dispose()
  })

  it('are forgotten when a state is loaded', async () => {
    const session = await open()
    session.load({ weights: initial })
    await session.accumulate(second, options)
    await session.accumulate(third, options)
    session.load({ weights: initial })
    await session.step(first, options)
    const alone = await open()
    alone.load({ weights: initial })
    await alone.step(first, options)
    expect(listDifferent(session.weights(), alone.weights())).toEqual([])
    await Promise.all([session.dispose(), alone.dispose()])
  })

  it('are left alone by a look at the gradients of another batch', async () => {
    const session = await open()
    const run = async (isLooking: boolean): Promise<StateDict> => {
      session.load({ weights: initial })
      await session.accumulate(second, options)
      if (isLooking) await session.gradients(third)
      await session.step(first, options)
      return session.weights()
    }
    expect(listDifferent(await run(true), await run(false))).toEqual([])
    await session.dispose()
  })
})

describe('averaged weights', () => {
  it('are the model, while training goes on with its own', async () => {
    const session = await open({ averageDecay: 0.5 })
    session.load({ weights: initial })
    expect(listDifferent(session.modelWeights(), initial)).toEqual([])
    await session.step(first, { learningRate: 1e-2 })
    const [trained, model] = [session.weights(), session.modelWeights()]
    expect([...model.keys()]).toEqual([...initial.keys()])
    for (const name of ['conv1.weight', 'layer4.1.bn2.running_var', 'head.race.bias']) {
      const middle = trained
        .get(name)
        ?.data.map((value, index) => (value + (initial.get(name)?.data[index] ?? Number.NaN)) / 2)
      const gap = model
        .get(name)
        ?.data.map((value, index) => Math.abs(value - (middle?.[index] ?? Number.NaN)))
      expect(Math.max(...(gap ?? []))).toBeLessThan(1e-6)
    }
    const averaged = await session.predict(first.images, batchSize)
    const asTrained = await session.predictAsTrained(first.images, batchSize)
    session.load({ weights: model })
    const expected = await session.predict(first.images, batchSize)
    expect(averaged.embedding).toEqual(expected.embedding)
    asTrained.embedding.forEach((value, index) =>
      expect(value).toBeCloseTo(expected.embedding[index] ?? Number.NaN, 3),
    )
    await session.dispose()
  })

  it('start at the weights where a state has none', async () => {
    const session = await open({ averageDecay: 0.5 })
    session.load({ weights: initial })
    await session.step(first, options)
    const { step, moments } = session.optimiser()
    const without = new Map([...moments].filter(([name]) => !name.startsWith('ema/')))
    const weights = session.weights()
    session.load({ weights, optimiser: { step, moments: without } })
    expect(listDifferent(session.modelWeights(), weights)).toEqual([])
    await session.dispose()
  })
})

describe('a frozen backbone', () => {
  it('and its statistics stay bit for bit, while the heads learn', async () => {
    const session = await open({ trainable: 'heads', averageDecay: 0.5, clipNorm: 1 })
    session.load({ weights: initial })
    const losses = []
    for (let step = 0; step < 6; step++) losses.push((await session.step(first, { learningRate: 1e-2 })).loss)
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0)
    const heads = [...initial.keys()].filter((name) => name.startsWith('head.'))
    expect(listDifferent(session.weights(), initial)).toEqual(heads)
    const { gradients } = await session.gradients(first)
    expect([...gradients.keys()]).toEqual(heads)
    expect([...session.optimiser().moments.keys()].filter((name) => !name.includes('head.'))).toEqual([])
    await session.dispose()
  })

  it('passes the check before training by its heads', async () => {
    const session = await open({ trainable: 'heads' })
    session.load({ weights: initial })
    expect((await checkNetwork(session, network, 1)).gradients).toEqual({
      parameters: 6,
      silent: [],
      notFinite: [],
      passed: true,
    })
    await session.dispose()
  })
})

describe('learned uncertainty', () => {
  const objective = { losses: plain, combination: 'uncertainty' } as const

  it('has a scalar per task that the model does not have', async () => {
    const session = await open({ objective })
    session.load({ weights: initial })
    await session.step(first, options)
    const [weights, model] = [session.weights(), session.modelWeights()]
    const own = [...weights.keys()].filter((name) => !model.has(name))
    expect(own).toEqual(['loss.age.log_variance', 'loss.gender.log_variance', 'loss.race.log_variance'])
    expect(weights.get('loss.age.log_variance')).toMatchObject({ shape: [] })
    expect(weights.get('loss.age.log_variance')?.data[0]).not.toBe(0)
    expect([...model.keys()]).toEqual([...initial.keys()])
    await session.dispose()
  })

  it('a task without labels keeps its variance, and a resumed run goes on bit for bit', async () => {
    const session = await open({ objective, averageDecay: 0.9, clipNorm: 5 })
    session.load({ weights: initial })
    await session.step({ ...first, labels: new Map([['gender', Int32Array.of(0, 1, 1, -1)]]) }, options)
    const saved = { weights: session.weights(), optimiser: session.optimiser() }
    expect(saved.weights.get('loss.race.log_variance')?.data).toEqual(Float32Array.of(0))
    expect(saved.weights.get('loss.gender.log_variance')?.data).not.toEqual(Float32Array.of(0))
    const { loss } = await session.step(second, options)
    const end = { weights: session.weights(), moments: session.optimiser().moments }
    const resumed = await otherEngine.compile(network, {
      batchSize,
      threads: 1,
      optimiser: adamW,
      objective,
      averageDecay: 0.9,
      clipNorm: 5,
    })
    resumed.load(saved)
    expect((await resumed.step(second, options)).loss).toBe(loss)
    expect(listDifferent(resumed.weights(), end.weights)).toEqual([])
    expect(listDifferent(resumed.optimiser().moments, end.moments)).toEqual([])
    await Promise.all([session.dispose(), resumed.dispose()])
  })
})

describe('a head in years', () => {
  const inYears = makeNetwork({ heads: [{ task: 'age', classes: 1, readOut: 'years' }] })
  const weights = initialiseNetwork(inYears, 3, { ageMean: 41 })

  it.each(['l1', 'l2'] as const)(
    'starts near the mean age, passes the checks and learns by %s',
    async (kind) => {
      const losses = new Map([['age', { kind }]] as const)
      const session = await open({ objective: { losses, combination: 'given' } }, inYears)
      session.load({ weights })
      const before = await session.predict(first.images, batchSize)
      for (const age of before.logits.get('age') ?? []) expect(Math.abs(age - 41)).toBeLessThan(5)
      expect(await checkNetwork(session, inYears, 1)).toMatchObject({ passed: true })
      const trace = []
      for (let step = 0; step < 5; step++) trace.push((await session.step(first, options)).loss)
      expect(trace.at(-1)).toBeLessThan(trace[0] ?? 0)
      await session.dispose()
    },
  )

  it('refuses ages that are none', async () => {
    const losses = new Map([['age', { kind: 'l1' }]] as const)
    const session = await open({ objective: { losses, combination: 'given' } }, inYears)
    session.load({ weights })
    const withYears = (...years: number[]): TrainBatch => ({ ...first, years: Float32Array.from(years) })
    await expect(session.step(withYears(1, 2, Number.NaN, 4), options)).rejects.toThrow(/NaN is no age/)
    await expect(session.step(withYears(1, 2, -3, 4), options)).rejects.toThrow(/-3 is no age/)
    await expect(session.step(withYears(1), options)).rejects.toThrow(/1 ages in years for 4 images/)
    await session.dispose()
  })
})

describe('a backbone that is frozen but for its last stage', () => {
  const isOfLast = (name: string): boolean => name.startsWith('layer4.') || name.startsWith('head.')

  it('moves the weights and statistics of that stage and the heads alone, and averages them', async () => {
    const session = await open({ trainable: 'last-stage', averageDecay: 0.9 })
    try {
      session.load({ weights: initial })
      const { gradients } = await session.gradients(batches[0] ?? fail())
      expect([...gradients.keys()].every(isOfLast)).toBe(true)
      await session.step(batches[0] ?? fail(), options)
      await session.step(batches[1] ?? fail(), options)
      for (const state of [session.weights(), session.modelWeights()])
        for (const [name, { data }] of state) {
          const before = initial.get(name)?.data
          expect([name, data.every((value, at) => value === before?.[at])]).toEqual([name, !isOfLast(name)])
        }
    } finally {
      await session.dispose()
    }
  })

  it('has in it the gradients of a network in which only the rest goes by running statistics', async () => {
    const session = await open({ trainable: 'last-stage' })
    const heads = await open({ trainable: 'heads' })
    try {
      for (const each of [session, heads]) each.load({ weights: initial })
      const check = await checkNetwork(session, network, 1)
      expect(check.gradients).toMatchObject({ silent: [], notFinite: [], passed: true })
      const { result } = await session.gradients(batches[0] ?? fail())
      const { result: frozen } = await heads.gradients(batches[0] ?? fail())
      expect(result.loss).not.toBeCloseTo(frozen.loss, 4)
    } finally {
      await Promise.all([session.dispose(), heads.dispose()])
    }
  })
})

function fail(): never {
  throw new Error('There is no such batch')
}
