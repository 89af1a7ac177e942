import { describe, expect, it } from 'vitest'
import type { Task } from '#shared/domain/tasks.ts'
import type { TrainingSession } from '#engine/networks/architecture/training-engine.ts'
import { TensorCache } from '#engine/networks/tensors/tensor-cache.ts'
import { TensorReader } from '#engine/networks/tensors/tensor-reader.ts'
import { measureYears } from '#engine/learning/training/domain/years-loss.ts'
import { validateNetwork, type ValidatedHeads } from '#engine/learning/training/validate-network.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

const inputSize = 8
const margin = 2
const plain: ValidatedHeads = {
  heads: [],
  ageReadOut: 'class',
  yearsLoss: { kind: 'l1' },
  lossWeights: new Map(),
  races: ['a', 'b', 'c'],
}

/** Answers by the byte that is drawn into each image. */
function createReadingSession(
  answer: (drawn: number) => readonly (readonly [Task, readonly number[]])[],
): Pick<TrainingSession, 'predict'> {
  const bytes = 3 * inputSize ** 2
  return {
    predict: async (images, count) => {
      const rows = Array.from({ length: count }, (_, image) => new Map(answer(images[image * bytes] ?? 0)))
      const tasks = [...(rows[0]?.keys() ?? [])]
      const logits = tasks.map(
        (task) => [task, Float32Array.from(rows.flatMap((row) => row.get(task) ?? []))] as const,
      )
      return { embedding: new Float32Array(count * 512), logits: new Map(logits) }
    },
  }
}

const favour = (index: number, classes: number): number[] =>
  Array.from({ length: classes }, (_, at) => (at === index ? margin : 0))

async function measure(options: {
  readonly drawn: readonly number[]
  readonly labels: Partial<Record<Task, readonly number[]>>
  readonly years?: readonly number[]
  readonly session: Pick<TrainingSession, 'predict'>
  readonly heads: Partial<ValidatedHeads>
}) {
  const { drawn, labels, years = drawn.map(() => -1), session, heads } = options
  using folder = makeTemporaryFolder()
  await using cache = await TensorCache.open(folder.path, inputSize)
  const names = drawn.map((_, index) => index.toString(16).padStart(64, '0'))
  await cache.append(
    names.map((pixelSha256, index) => ({
      pixelSha256,
      tensor: new Uint8Array(3 * inputSize ** 2).fill(drawn[index] ?? 0),
    })),
  )
  using reader = new TensorReader(cache.paths.tensors, inputSize)
  const rows = names.map((name) => cache.find(name)).filter((row) => row !== undefined)
  const tasks: readonly Task[] = ['age', 'gender', 'race']
  const classes = tasks.flatMap((task) =>
    labels[task] === undefined ? [] : [[task, Int32Array.from(labels[task])] as const],
  )
  const data = { rows, labels: new Map(classes), years: Float32Array.from(years) }
  const measured = await validateNetwork(session, data, {
    ...plain,
    ...heads,
    reader,
    isCancelled: () => false,
  })
  if (measured === null) throw new Error('The validation was cancelled')
  return measured
}

it('counts every image of a part once, over several chunks, each beside its own label', async () => {
  const drawn = Array.from({ length: 300 }, (_, index) => (index * index) % 3)
  // Wrong in each chunk; unlabelled in the last.
  const labels = drawn.map((label, index) => ([5, 130, 299].includes(index) ? 2 : label))
  labels[290] = -1
  const measured = await measure({
    drawn,
    labels: { race: labels },
    session: createReadingSession((race) => [['race', favour(race, 3)]]),
    heads: { heads: [{ task: 'race', classes: 3 }] },
  })
  expect(measured.result).toMatchObject({
    age: null,
    gender: null,
    race: { accuracy: { value: 296 / 299, n: 299 } },
  })
  const shareOfOthers = 1 + 2 * Math.exp(-margin)
  expect(measured.loss).toBeCloseTo(Math.log(shareOfOthers) + (3 * margin) / 299, 6)
  const totals = [0, 1, 2].map((group) => labels.filter((label) => label === group).length)
  expect(measured.raceByGroup.map(({ accuracy }) => accuracy.n)).toEqual(totals)
  expect(measured.raceByGroup.map(({ accuracy }) => accuracy.value)).toEqual([1, 1, 0])
})

it('tells every task by labelled race, also without a head for race', async () => {
  const { byRace, raceByGroup, confusion } = await measure({
    drawn: [0, 1, 0, 1, 1, 0],
    labels: { gender: [0, 1, 1, 1, -1, 0], race: [0, 0, 1, 1, 1, -1] },
    session: createReadingSession((gender) => [['gender', favour(gender, 2)]]),
    heads: { heads: [{ task: 'gender', classes: 2 }] },
  })
  expect(byRace.map(({ group, age, gender }) => [group, age, gender?.value, gender?.n])).toEqual([
    ['a', null, 1, 2],
    ['b', null, 0.5, 2],
    ['c', null, null, 0],
  ])
  expect(raceByGroup).toEqual([])
  expect(confusion).toEqual({
    gender: [
      [2, 0],
      [1, 2],
    ],
  })
})

describe('an age in years', () => {
  const drawn = [25, 34, 71, 9, 40]
  const years = [28, 30, 65, 12, -1]
  const bins = [3, 4, 7, 2, 5]
  const answerYears = createReadingSession((age) => [['age', [age + 0.5]]])
  const heads = { heads: [{ task: 'age', classes: 9 }], ageReadOut: 'years' } as const

  it('is measured in years where they are known, and by its bin everywhere', async () => {
    const { result, losses } = await measure({
      drawn,
      labels: { age: bins },
      years,
      session: answerYears,
      heads,
    })
    const errors = [-2.5, 4.5, 6.5, -2.5]
    expect(result.age).toMatchObject({ accuracy: { value: 3 / 5, n: 5 } })
    expect(result.age?.years).toEqual({
      n: 4,
      mae: 4,
      rmse: Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / 4),
      bias: 1.5,
    })
    expect(losses).toEqual(new Map([['age', 4]]))
  })

  it('has the loss that it is trained by, times its weight in the sum', async () => {
    const { loss, losses } = await measure({
      drawn,
      labels: { age: bins },
      years,
      session: answerYears,
      heads: { ...heads, yearsLoss: { kind: 'huber', delta: 5 }, lossWeights: new Map([['age', 0.5]]) },
    })
    const expected = (2.5 ** 2 / 2 + 4.5 ** 2 / 2 + 5 * (6.5 - 2.5) + 2.5 ** 2 / 2) / 4
    expect(losses.get('age')).toBeCloseTo(expected, 12)
    expect(loss).toBeCloseTo(expected / 2, 12)
  })

  it('below 0 counts for the first bin', async () => {
    const { result } = await measure({
      drawn: [3],
      labels: { age: [0] },
      years: [1],
      session: createReadingSession(() => [['age', [-4]]]),
      heads,
    })
    expect(result.age).toMatchObject({ accuracy: { value: 1, n: 1 }, years: { bias: -5 } })
  })

  it('that is no number shows in the loss', async () => {
    const session = createReadingSession(() => [['age', [Number.NaN]]])
    const { loss } = await measure({ drawn, labels: { age: bins }, years, session, heads })
    expect(loss).toBeNaN()
  })

  it('as an expectation over the years 0 to 100 is read from all of them', async () => {
    const sure = 40
    const answer = (age: number): number[] =>
      Array.from({ length: 101 }, (_, year) => ([age - 2, age + 2].includes(year) ? sure : 0))
    const { result, losses } = await measure({
      drawn,
      labels: { age: bins },
      years,
      session: createReadingSession((age) => [['age', answer(age)]]),
      heads: { ...heads, ageReadOut: 'expected-years', yearsLoss: { kind: 'cross-entropy' } },
    })
    expect(result.age?.years?.bias).toBeCloseTo((-3 + 4 + 6 - 3) / 4, 6)
    expect(losses.get('age')).toBeCloseTo(sure + Math.log(2), 6)
  })
})

it('takes whoever is older than the last year for that year', () => {
  const numbers = Array.from({ length: 101 }, (_, year) => (year === 100 ? 30 : 0))
  const options = { predicted: 100, numbers, years: 112 }
  expect(measureYears({ kind: 'cross-entropy' }, options)).toBeCloseTo(0, 9)
  expect(measureYears({ kind: 'l2' }, options)).toBe(144)
})
