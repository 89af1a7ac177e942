/**
 * One step and twenty against PyTorch; tests/oracles/make_resnet_golden.py makes the golden files. Twenty steps cross ReLU's kink and,
 * where a gradient is near zero, take the sign of a rounding error: their bounds are twice what rounding alone does to PyTorch, or, where
 * that is less, 3e-2 for values and 1e-4 for losses: after a single step of Adam each weight has moved by its gradient's sign.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { initialiseNetwork } from '#engine/networks/architecture/initialise-network.ts'
import type {
  StateDict,
  StepResult,
  TrainingEngine,
  TrainingSession,
} from '#engine/networks/architecture/training-engine.ts'
import { adamW, makeGoldenBatch, makeNetwork } from '#tests/fixtures/golden-batch.ts'
import { measureNorm } from '#tests/fixtures/measure-tensors.ts'
import { takesGolden, testedEngines } from '#tests/fixtures/tested-engines.ts'

interface Summary {
  readonly norm: number
  readonly values: readonly number[]
}

/** How far rounding alone moves PyTorch: the largest distance of a loss, and of a tensor relative to its size. */
interface Stray {
  readonly state: number
  readonly trace: number
}

interface Golden {
  readonly arch: 'resnet18' | 'resnet34'
  readonly seed: number
  readonly steps: number
  readonly batch: number
  readonly size: number
  readonly lr: number
  readonly decay: number
  readonly yardstick: { readonly 'float32 1 thread': Stray; readonly 'float32 2 threads': Stray }
  readonly losses: Readonly<Record<string, number>>
  readonly trace: readonly number[]
  readonly gradients: Readonly<Record<string, Summary>>
  readonly state: Readonly<Record<string, Summary>>
}

/**
 * Relative to a tensor's size. An activation within float32's rounding of ReLU's kink has its gradient or has not, and each such one
 * moves whole tensors by 1e-3 to 4e-2, in PyTorch's own float64 with noise of that size too (the golden file's `yardstick`). Whether
 * there is one depends on the weights: of the seeds 3, 5, 7, 8 and 9 ResNet-18's is the one where twelve draws of such noise move
 * nothing by more than 1e-5 (the others 7e-4 to 7e-3). No seed of ResNet-34 is free of it, and its bounds were set after that was
 * seen: of the seeds 7, 8, 9 and 11 the last was taken, where PyTorch's own float32 is cleanest.
 */
const tolerances = {
  resnet18: { gradient: 1e-4, gradientNorm: 1e-4, shareOfGradientsWithin1e3: 1 },
  resnet34: { gradient: 3e-2, gradientNorm: 5e-3, shareOfGradientsWithin1e3: 0.75 },
} as const

const readGolden = (arch: string): Golden =>
  JSON.parse(
    readFileSync(new URL(`../../../../../oracles/golden/${arch}-step.json`, import.meta.url), 'utf8'),
  )

/** Where an optimiser ends: the losses of its steps, and some tensors after the last one. */
type GoldenEnd = Pick<
  Golden,
  'arch' | 'seed' | 'steps' | 'batch' | 'size' | 'lr' | 'decay' | 'trace' | 'state'
> & {
  /** Of its float32, and of its float64 with noise of float32's rounding. */
  readonly yardstick: Readonly<Record<string, Stray>>
}

const readGoldenEnd = (name: string): GoldenEnd =>
  JSON.parse(readFileSync(new URL(`../../../../../oracles/golden/${name}.json`, import.meta.url), 'utf8'))

/** Per tensor, how far its norm and its 16 values lie from the reference, both relative to the reference's size. */
function measureDistances(tensors: StateDict, golden: Readonly<Record<string, Summary>>) {
  return Object.entries(golden).map(([name, reference]) => {
    const data = tensors.get(name)?.data ?? new Float32Array(0)
    const count = reference.values.length
    const picks = reference.values.map(
      (_, index) => data[count < 16 ? index : Math.floor((index * data.length) / 16)] ?? Number.NaN,
    )
    const typical = reference.norm / Math.sqrt(data.length)
    return {
      name,
      norm: Math.abs(measureNorm(data) - reference.norm) / reference.norm,
      values:
        measureNorm(picks.map((value, index) => value - (reference.values[index] ?? 0))) /
        Math.sqrt(count) /
        typical,
    }
  })
}

const worst = (distances: ReturnType<typeof measureDistances>, by: 'norm' | 'values') =>
  distances.reduce((most, item) => (item[by] > most[by] || Number.isNaN(item[by]) ? item : most))

const findBounds = (strays: readonly Stray[]): Stray => ({
  trace: Math.max(1e-4, ...strays.map(({ trace }) => 2 * trace)),
  state: Math.max(3e-2, ...strays.map(({ state }) => 2 * state)),
})

const sgd = { kind: 'sgd', momentum: 0.9, nesterov: false } as const
const adam = { ...adamW, kind: 'adam' } as const

const ends = [
  ['resnet18-sgd', sgd],
  ['resnet18-adam', adam],
  ['resnet34-adamw', adamW],
  ['resnet34-adam', adam],
  ['resnet34-sgd', sgd],
] as const

/**
 * An optimiser moves weights by their gradients, whatever network and engine they come from (`update-rule.ts`): each is followed for
 * twenty steps once, on ResNet-18, and the deeper network once, by AdamW. What an engine has of its own are the gradients and the
 * statistics: those of both networks are held above for each, and ResNet-18's twenty steps by AdamW.
 */
const endsOf = (engine: TrainingEngine) =>
  ends.filter(([name]) =>
    takesGolden(
      engine === testedEngines[0]?.[1] && ['resnet18-sgd', 'resnet18-adam', 'resnet34-adamw'].includes(name),
    ),
  )

describe.each(testedEngines)('%s', (_, engine) => {
  describe.each(takesGolden(true) ? (['resnet18', 'resnet34'] as const) : [])(
    '%s against PyTorch in float64',
    (arch) => {
      let session: TrainingSession
      let first: { result: StepResult; gradients: StateDict }
      const expected = readGolden(arch)

      beforeAll(async () => {
        const network = makeNetwork({ arch: expected.arch, inputSize: expected.size })
        session = await engine.compile(network, {
          batchSize: expected.batch,
          threads: 1,
          optimiser: { ...adamW, weightDecay: expected.decay },
        })
        session.load({ weights: initialiseNetwork(network, expected.seed) })
        first = await session.gradients(makeGoldenBatch(expected.batch, expected.size))
      })
      afterAll(() => session.dispose())

      it('gives the same losses within 1e-5', () => {
        expect(Math.abs(first.result.loss - (expected.trace[0] ?? 0))).toBeLessThan(1e-5)
        for (const [task, loss] of first.result.losses)
          expect(Math.abs(loss - (expected.losses[task] ?? 0))).toBeLessThan(1e-5)
      })

      it('gives the gradients within the bounds of their size', () => {
        const distances = measureDistances(first.gradients, expected.gradients)
        expect(distances.map(({ name }) => name).toSorted()).toEqual([...first.gradients.keys()].toSorted())
        expect(worst(distances, 'norm').norm).toBeLessThan(tolerances[expected.arch].gradientNorm)
        expect(worst(distances, 'values').values).toBeLessThan(tolerances[expected.arch].gradient)
        const close = distances.filter(({ values }) => values < 1e-3).length
        expect(close / distances.length).toBeGreaterThan(
          tolerances[expected.arch].shareOfGradientsWithin1e3 - 1e-9,
        )
      })

      it('keeps to the same losses, and ends at the same weights and running statistics', async () => {
        const batch = makeGoldenBatch(expected.batch, expected.size)
        const trace: number[] = []
        for (let step = 0; step < expected.steps; step++)
          trace.push((await session.step(batch, { learningRate: expected.lr })).loss)
        const distances = measureDistances(session.weights(), expected.state)
        const { yardstick } = expected
        const bounds = findBounds([yardstick['float32 1 thread'], yardstick['float32 2 threads']])
        expect(
          Math.max(...trace.map((loss, step) => Math.abs(loss - (expected.trace[step] ?? Number.NaN)))),
        ).toBeLessThan(bounds.trace)
        expect(distances).toHaveLength(session.weights().size)
        expect(worst(distances, 'norm').norm).toBeLessThan(1e-2)
        expect(worst(distances, 'values').values).toBeLessThan(bounds.state)
      }, 120_000)
    },
  )

  describe.each(endsOf(engine))('%s against PyTorch in float64', (name, optimiser) => {
    it('keeps to the same losses for twenty steps, and ends at the same weights and running statistics', async () => {
      const expected = readGoldenEnd(name)
      const bounds = findBounds(Object.values(expected.yardstick))
      const network = makeNetwork({ arch: expected.arch, inputSize: expected.size })
      const session = await engine.compile(network, {
        batchSize: expected.batch,
        threads: 1,
        optimiser: { ...optimiser, weightDecay: expected.decay, decayNormsAndBiases: true },
      })
      session.load({ weights: initialiseNetwork(network, expected.seed) })
      const batch = makeGoldenBatch(expected.batch, expected.size)
      const trace: number[] = []
      for (let step = 0; step < expected.steps; step++)
        trace.push((await session.step(batch, { learningRate: expected.lr })).loss)
      const distances = measureDistances(session.weights(), expected.state)
      await session.dispose()
      const gaps = trace.map((loss, step) => Math.abs(loss - (expected.trace[step] ?? Number.NaN)))
      expect(trace).toHaveLength(expected.steps)
      expect(Math.max(...gaps)).toBeLessThan(bounds.trace)
      expect(worst(distances, 'norm').norm).toBeLessThan(bounds.state)
      expect(worst(distances, 'values').values).toBeLessThan(bounds.state)
    }, 240_000)
  })
})
