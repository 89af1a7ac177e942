/**
 * Every loss, optimiser and other choice of a session against PyTorch in float64, which uses its own losses and
 * optimisers; tests/oracles/make_training_golden.py makes the golden file and says why it starts where it does. What a
 * few steps change is compared with the change itself, not with the weights.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { initialiseNetwork } from '#engine/networks/architecture/initialise-network.ts'
import type {
  CompileOptions,
  HeadLoss,
  HeadSpec,
  StateDict,
  StepResult,
  TrainBatch,
  TrainingEngine,
  TrainingSession,
} from '#engine/networks/architecture/training-engine.ts'
import { makeGoldenBatch, makeNetwork } from '#tests/fixtures/golden-batch.ts'
import { measureNorm, subtract } from '#tests/fixtures/measure-tensors.ts'
import { takesGolden, testedEngines } from '#tests/fixtures/tested-engines.ts'

type Task = HeadSpec['task']
type Summary = Readonly<Record<string, { readonly norm: number; readonly values: readonly number[] }>>
type LossWords =
  | { readonly kind: 'cross-entropy'; readonly targets?: number[]; readonly weights?: number[] }
  | Exclude<HeadLoss, { kind: 'cross-entropy' }>

interface Choice {
  readonly name: string
  readonly ages: 'class' | 'years' | 'expected-years'
  readonly optimiser: CompileOptions['optimiser']
  readonly lr: number
  readonly steps: number
  readonly accumulate: number
  readonly losses: Readonly<Partial<Record<Task, LossWords>>>
  readonly combination: 'given' | 'uncertainty'
  readonly lossWeights: Readonly<Partial<Record<Task, number>>>
  readonly trainable: 'all' | 'heads'
  readonly clipNorm: number | null
  readonly averageDecay: number | null
  readonly trace: readonly {
    readonly loss: number
    readonly losses: Readonly<Record<Task, number>>
    readonly lossWeights: Readonly<Record<Task, number>>
    readonly gradientNorm?: number
  }[]
  readonly gradients: Summary
  readonly changes: Summary
  readonly averages: Summary
}

const golden: { seed: number; size: number; batch: number; choices: readonly Choice[] } = JSON.parse(
  readFileSync(new URL('../../../../../oracles/golden/training-choices.json', import.meta.url), 'utf8'),
)
const { seed, size, batch: batchSize } = golden

const ageOutputs = { class: 9, years: 1, 'expected-years': 101 } as const
const describeNetwork = ({ ages }: Choice) =>
  makeNetwork({
    inputSize: size,
    heads: [
      { task: 'age', classes: ageOutputs[ages], readOut: ages },
      { task: 'gender', classes: 2 },
      { task: 'race', classes: 7 },
    ],
  })

/** Without targets, the identity: one class is right. */
function readLoss(loss: LossWords, classes: number): HeadLoss {
  if (loss.kind !== 'cross-entropy') return loss
  const identity = Float32Array.from({ length: classes ** 2 }, (_, at) => Number(at % (classes + 1) === 0))
  const weights = loss.weights ? Float32Array.from(loss.weights) : new Float32Array(classes).fill(1)
  return {
    kind: 'cross-entropy',
    targets: loss.targets ? Float32Array.from(loss.targets) : identity,
    weights,
  }
}

const compile = (engine: TrainingEngine, choice: Choice): Promise<TrainingSession> => {
  const { optimiser, combination, trainable, clipNorm, averageDecay, ages, losses } = choice
  const classes = { age: ageOutputs[ages], gender: 2, race: 7 }
  const tasks: readonly Task[] = ['age', 'gender', 'race']
  const named = tasks.flatMap((task) => {
    const loss = losses[task]
    return loss === undefined ? [] : [[task, readLoss(loss, classes[task])] as const]
  })
  const objective = { losses: new Map(named), combination }
  return engine.compile(describeNetwork(choice), {
    batchSize,
    threads: 1,
    optimiser,
    objective,
    trainable,
    clipNorm,
    averageDecay,
  })
}

/** The batches of one step, as make_training_golden.py makes them: every fifth age in years is missing, every other one has a half. */
function makeBatches({ ages, accumulate }: Choice): TrainBatch[] {
  const count = batchSize * accumulate
  const { images, labels } = makeGoldenBatch(count, size)
  const years = Float32Array.from({ length: count }, (_, n) =>
    n % 5 === 3 ? -1 : ((n * 13) % 90) + 0.5 * (n % 2),
  )
  const wholeYears = Int32Array.from(years, Math.floor)
  return Array.from({ length: accumulate }, (_, index) => {
    const [start, end] = [index * batchSize, (index + 1) * batchSize]
    const part = new Map(Array.from(labels, ([task, all]) => [task, all.slice(start, end)] as const))
    if (ages !== 'class') part.set('age', wholeYears.slice(start, end))
    if (ages === 'years') part.delete('age')
    const imageSize = images.length / count
    return {
      images: images.subarray(start * imageSize, end * imageSize),
      labels: part,
      years: years.slice(start, end),
    }
  })
}

/**
 * The largest distance of a tensor's norm and of its 8 values from the reference, relative to the reference's size; a
 * change, relative to 2e-4 of what is changed if that is more, since float32 resolves no finer.
 */
function measureDistance(
  tensors: StateDict,
  summary: Summary,
  start: StateDict = new Map(),
): { name: string; distance: number } {
  const distances = Object.entries(summary).map(([name, reference]) => {
    const data = tensors.get(name)?.data ?? new Float32Array(0)
    const count = reference.values.length
    const picks = reference.values.map(
      (_, index) => data[count < 8 ? index : Math.floor((index * data.length) / 8)] ?? Number.NaN,
    )
    const scale = Math.max(reference.norm, 2e-4 * measureNorm(start.get(name)?.data ?? []), 1e-12)
    const values = measureNorm(picks.map((value, index) => value - (reference.values[index] ?? 0)))
    const byValues = values / Math.sqrt(count) / (scale / Math.sqrt(Math.max(data.length, 1)))
    return { name, distance: Math.max(Math.abs(measureNorm(data) - reference.norm) / scale, byValues) }
  })
  return distances.reduce((most, item) => (item.distance <= most.distance ? most : item), {
    name: 'none',
    distance: 0,
  })
}

/** What has changed in the tensors that the summary names. */
const subtractNamed = (tensors: StateDict, start: StateDict, summary: Summary): StateDict =>
  new Map(
    Object.keys(summary).map((name) => {
      const { shape, data } = tensors.get(name) ?? { shape: [], data: new Float32Array(0) }
      // A parameter of the loss is not among the first weights, and starts at 0.
      return [name, { shape, data: subtract(data, start.get(name)?.data ?? new Float32Array(data.length)) }]
    }),
  )

/** The start of make_training_golden.py, whose activations keep off ReLU's kink. */
function smoothStart(weights: StateDict): StateDict {
  const change = (name: string, data: Float32Array): Float32Array => {
    const isVector = weights.get(name)?.shape.length === 1
    if (name.startsWith('head.')) return isVector ? data : data.map((value) => value / 2)
    if (!isVector || name.includes('.running_')) return data
    return data.map(() => (name.endsWith('.bias') ? 1 : 0.25))
  }
  return new Map(
    Array.from(weights, ([name, { shape, data }]) => [name, { shape, data: change(name, data) }]),
  )
}

/** One start for all choices whose heads are the same. */
const starts = new Map<Choice['ages'], StateDict>()
function findStart(choice: Choice): StateDict {
  const start = starts.get(choice.ages) ?? smoothStart(initialiseNetwork(describeNetwork(choice), seed))
  starts.set(choice.ages, start)
  return start
}

async function train(session: TrainingSession, choice: Choice): Promise<StepResult[]> {
  const batches = makeBatches(choice)
  const options = {
    learningRate: choice.lr,
    lossWeights: new Map<Task, number>(
      (['age', 'gender', 'race'] as const).flatMap((task) => {
        const weight = choice.lossWeights[task]
        return weight === undefined ? [] : [[task, weight] as const]
      }),
    ),
  }
  const results: StepResult[] = []
  for (let step = 0; step < choice.steps; step++)
    for (const [index, batch] of batches.entries())
      results.push(
        index < batches.length - 1
          ? await session.accumulate(batch, options)
          : await session.step(batch, options),
      )
  return results
}

/**
 * Losses are the same operators in every engine's graph (`head-losses.ts`) and steps the same code (`train-from-gradients.ts`). A second
 * engine has of its own what it feeds to its graph of the heads, what it takes out of it, and the statistics that it moves: one choice
 * for each kind of heads, of weights and of step.
 */
const forASecondEngine = new Set([
  'SGD with momentum, decay on everything',
  'label smoothing and class weights, one of them 0',
  'huber of expected years',
  'fixed weights, one of them 0',
  'learned uncertainty with years',
  'three batches to a step, clipped and averaged',
  'heads alone',
  'heads alone in years, averaged, with learned uncertainty',
])

const tested = testedEngines.flatMap(([name, engine], at) =>
  golden.choices
    .filter((choice) => takesGolden(at === 0 || forASecondEngine.has(choice.name)))
    .map((choice) => [choice.name, name, choice, engine] as const),
)

it('the choices for a second engine are there', () => {
  expect(
    [...forASecondEngine].filter((name) => !golden.choices.some((choice) => choice.name === name)),
  ).toEqual([])
})

describe.each(tested)('%s by %s', (_, _engine, choice, engine) => {
  let session: TrainingSession
  const initial = findStart(choice)

  beforeAll(async () => {
    session = await compile(engine, choice)
    session.load({ weights: initial })
  })
  afterAll(() => session.dispose())

  it('has the gradients, losses, norms and weights that PyTorch has', async () => {
    const [first] = makeBatches(choice)
    if (first === undefined) throw new Error('no batch')
    // `gradients` takes every factor as 1, so a golden with other factors cannot be held against it.
    const isWeighted = Object.keys(choice.lossWeights).length > 0
    const { gradients } = await session.gradients(first)
    expect(measureDistance(gradients, isWeighted ? {} : choice.gradients).distance).toBeLessThan(1e-3)
    const results = await train(session, choice)
    expect(results).toHaveLength(choice.trace.length)
    for (const [at, expected] of choice.trace.entries()) {
      const actual = results[at]
      const room = 1e-5 * Math.max(1, expected.loss)
      expect(Math.abs((actual?.loss ?? Number.NaN) - expected.loss)).toBeLessThan(room)
      for (const task of ['age', 'gender', 'race'] as const) {
        expect(Math.abs((actual?.losses.get(task) ?? Number.NaN) - expected.losses[task])).toBeLessThan(room)
        expect(actual?.lossWeights.get(task)).toBeCloseTo(expected.lossWeights[task], 4)
      }
      const ratio = (actual?.gradientNorm ?? Number.NaN) / (expected.gradientNorm ?? Number.NaN)
      expect(expected.gradientNorm === undefined ? (actual?.gradientNorm ?? 1) : ratio).toBeCloseTo(1, 4)
    }
    const changes = subtractNamed(session.weights(), initial, choice.changes)
    const model = choice.averageDecay === null ? initial : session.modelWeights()
    const averages = subtractNamed(model, initial, choice.averages)
    expect(measureDistance(changes, choice.changes, initial).distance).toBeLessThan(1e-3)
    expect(measureDistance(averages, choice.averages, initial).distance).toBeLessThan(1e-3)
    expect(session.optimiser().step).toBe(choice.steps)
  })
})
