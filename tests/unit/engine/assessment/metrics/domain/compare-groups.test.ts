import { describe, expect, it } from 'vitest'
import {
  drawClusters,
  findAccelerations,
  findIntervals,
} from '#engine/assessment/metrics/domain/cluster-bootstrap.ts'
import {
  criticalOf,
  estimateClusters,
  findBounds,
} from '#engine/assessment/metrics/domain/cluster-estimates.ts'
import { sumClusters, type ClusterSums } from '#engine/assessment/metrics/domain/cluster-sums.ts'
import { compareGroups } from '#engine/assessment/metrics/domain/compare-groups.ts'
import { correctFamily } from '#engine/assessment/metrics/domain/correct-family.ts'
import { createFastRandom } from '#engine/assessment/metrics/domain/fast-random.ts'
import { findGapByChance } from '#engine/assessment/metrics/domain/gap-by-chance.ts'
import { crossGroups, type TaskRecords } from '#engine/assessment/metrics/domain/records.ts'
import { taskMetrics, type SumMetric } from '#engine/assessment/metrics/domain/sum-metrics.ts'
import { makeRecords } from '../../../../../fixtures/task-records.ts'

/** Accuracy of groups by name: right answers of each person's pictures, `right of pictures`. */
function sumPeople(
  groups: Readonly<Record<string, readonly (readonly [right: number, pictures: number])[]>>,
  metric: (records: TaskRecords) => SumMetric = taskMetrics.accuracy,
): ClusterSums {
  const images = Object.entries(groups).flatMap(([race, people]) =>
    people.flatMap(([right, pictures], person) =>
      Array.from({ length: pictures }, (_, picture) => ({
        race,
        person: `${race} ${person}`,
        isRight: picture < right,
      })),
    ),
  )
  const people = [...new Set(images.map(({ person }) => person))]
  const records = makeRecords({
    labels: ['yes', 'no'],
    labelled: images.map(() => 0),
    predicted: images.map(({ isRight }) => (isRight ? 0 : 1)),
    clusters: images.map(({ person }) => people.indexOf(person)),
    race: images.map(({ race }) => race),
  })
  return sumClusters(metric(records), {
    clusters: records.clusters,
    cells: crossGroups(records, ['race']),
  })
}

const repeat = <One>(count: number, one: One): One[] => Array.from({ length: count }, () => one)
/** `right` of `n` people with a picture each. */
const singles = (right: number, n: number) => [
  ...repeat(right, [1, 1] as const),
  ...repeat(n - right, [0, 1] as const),
]

const options = { margin: 0.05, correction: 'holm', fewest: 30 } as const
const compare = (sums: ClusterSums, changed: Partial<typeof options> = {}) =>
  compareGroups(sums, estimateClusters(sums), { ...options, ...changed })

describe('comparisons of groups', () => {
  it('end as differing, alike or without enough data', () => {
    const sums = sumPeople({
      a: singles(900, 1000),
      b: singles(700, 1000),
      c: singles(902, 1000),
      d: singles(40, 45),
    })
    const verdicts = compare(sums).map(({ a, b, verdict }) => `${'abcd'[a]}${'abcd'[b]} ${verdict}`)
    expect(verdicts).toEqual([
      'ab differs',
      'ac alike',
      'ad not enough data',
      'bc differs',
      'bd differs',
      'cd not enough data',
    ])
  })

  it('tell nothing of a group whose people are all alike by a metric without score intervals', () => {
    const sums = sumPeople(
      { a: singles(30, 30), b: singles(30, 30), c: singles(56, 60), d: singles(50, 60) },
      taskMetrics.balancedAccuracy,
    )
    const pairs = compare(sums)
    expect(pairs.map(({ verdict }) => verdict)).toEqual(repeat(6, 'not enough data'))
    const told = pairs.filter(({ low }) => !Number.isNaN(low)).map(({ a, b }) => `${'abcd'[a]}${'abcd'[b]}`)
    expect(told).toEqual(['cd'])
    // The only pair that is tested is a family of one.
    expect(pairs[5]?.adjusted).toBe(pairs[5]?.p)
  })

  it('leave groups below the fewest images out', () => {
    const sums = sumPeople({ a: singles(90, 100), b: singles(10, 29) })
    expect(compare(sums)).toEqual([])
  })

  it('take ten pictures of one person for less than ten people', () => {
    const [people] = compare(sumPeople({ a: singles(300, 400), b: singles(260, 400) }))
    const pictures = compare(
      sumPeople({
        a: [...repeat(30, [10, 10] as const), ...repeat(10, [0, 10] as const)],
        b: [...repeat(26, [10, 10] as const), ...repeat(14, [0, 10] as const)],
      }),
    )
    expect(people?.verdict).toBe('differs')
    expect(pictures[0]?.verdict).toBe('not enough data')
    expect(pictures[0]?.neededN).toBeGreaterThan(9 * (people?.neededN ?? 0))
  })

  it('leave out zero exactly where their corrected p-value does', () => {
    const random = createFastRandom(3)
    for (const correction of ['holm', 'benjamini-hochberg', 'none'] as const) {
      for (let trial = 0; trial < 40; trial++) {
        const group = () => singles(60 + random.below(35), 100)
        const sums = sumPeople({ a: group(), b: group(), c: group(), d: group() })
        for (const { low, high, adjusted } of compareGroups(sums, estimateClusters(sums), {
          ...options,
          correction,
        })) {
          expect(low > 0 || high < 0).toBe(adjusted <= 0.05)
        }
      }
    }
  })

  it('know that people who stand in both groups make their difference surer', () => {
    const ages = Array.from({ length: 200 }, (_, image) => (image % 2 === 0 ? 'young' : 'old'))
    const right = Array.from({ length: 200 }, (_, image) => (image % 20 < 14 || image % 40 === 14 ? 0 : 1))
    const make = (clusters: number[]) => {
      const records = makeRecords({
        labels: ['x', 'y'],
        labelled: ages.map(() => 0),
        predicted: right,
        clusters,
        age: ages,
      })
      return sumClusters(taskMetrics.accuracy(records), {
        clusters: records.clusters,
        cells: crossGroups(records, ['age']),
      })
    }
    const [pairs] = compare(make(ages.map((_, image) => Math.floor(image / 2))))
    const [apart] = compare(make(ages.map((_, image) => image)))
    const width = (one: typeof pairs) => (one?.high ?? 0) - (one?.low ?? 0)
    expect(width(pairs)).toBeLessThan(0.5 * width(apart))
  })

  it('stop at the first that Holm keeps, however small the next p-value’s level', () => {
    const found = correctFamily([0.001, 0.03, 0.04], { correction: 'holm' })
    expect(found.map(({ level }) => level)).toEqual([0.05 / 3, 0.025, 0.025])
  })
})

describe('the gap that chance gives', () => {
  it('is about as large as the gap of groups that differ by chance alone, and far below that of others', () => {
    const fair = sumPeople({ a: singles(90, 100), b: singles(89, 100), c: singles(91, 100) })
    const unfair = sumPeople({ a: singles(95, 100), b: singles(60, 100), c: singles(91, 100) })
    const judged = [0, 1, 2]
    expect(findGapByChance(fair, judged, { seed: 1, draws: 2000 })?.p).toBeGreaterThan(0.5)
    const found = findGapByChance(unfair, judged, { seed: 1, draws: 2000 })
    expect(found?.p).toBe(1 / 2001)
    expect(found?.excess).toBeGreaterThan(0.2)
  })

  it('is wider where people repeat', () => {
    const once = sumPeople({ a: singles(300, 400), b: singles(300, 400) })
    const often = sumPeople({
      a: [...repeat(30, [10, 10] as const), ...repeat(10, [0, 10] as const)],
      b: [...repeat(30, [10, 10] as const), ...repeat(10, [0, 10] as const)],
    })
    const expected = (sums: ClusterSums) =>
      findGapByChance(sums, [0, 1], { seed: 1, draws: 500 })?.expectedByChance ?? 0
    expect(expected(often)).toBeGreaterThan(2.5 * expected(once))
  })

  it('is the same for the same seed, and none of one group', () => {
    const sums = sumPeople({ a: singles(90, 100), b: singles(80, 100) })
    const draws = { seed: 7, draws: 200 }
    expect(findGapByChance(sums, [0, 1], draws)).toEqual(findGapByChance(sums, [0, 1], draws))
    expect(findGapByChance(sums, [0], draws)).toBeNull()
  })
})

describe('the bootstrap over people', () => {
  it('gives about the interval of the formula, whole people being drawn', () => {
    const people = Array.from({ length: 150 }, (_, person) => [person % 3 === 0 ? 1 : 4, 4] as const)
    const sums = sumPeople({ a: people, b: people })
    const [drawn = new Float64Array()] = drawClusters(sums, { seed: 1, draws: 2000 })
    const [estimate] = estimateClusters(sums)
    if (estimate === undefined) throw new Error('No estimate')
    const [low, high] = findBounds(estimate, 'share', criticalOf(estimate))
    const acceleration = findAccelerations(sums)[0] ?? 0
    const found = findIntervals(drawn, { value: estimate.value, acceleration })
    for (const { low: from = 0, high: to = 0 } of [found?.percentile ?? {}, found?.bca ?? {}]) {
      expect(Math.abs(from - low)).toBeLessThan(0.02)
      expect(Math.abs(to - high)).toBeLessThan(0.02)
    }
  })

  it('gives none where too many draws leave the figure undefined', () => {
    const drawn = Float64Array.from({ length: 100 }, (_, draw) => (draw < 5 ? Number.NaN : 0.5))
    expect(findIntervals(drawn, { value: 0.5, acceleration: 0 })).toBeNull()
  })
})

describe('small and one-sided groups', () => {
  it('have no figure without an image, and no certainty without an error', () => {
    const sums = sumPeople({ a: singles(40, 40), b: singles(1, 1), c: singles(300, 400) })
    const [certain, single] = estimateClusters(sums)
    expect(certain?.value).toBe(1)
    expect(certain === undefined ? 0 : findBounds(certain, 'share', criticalOf(certain))[0]).toBeLessThan(
      0.93,
    )
    expect(single).toMatchObject({ value: 1, n: 1, clusters: 1 })
    const none = sumClusters(
      taskMetrics.accuracy(makeRecords({ labels: ['x'], labelled: [-1], predicted: [0] })),
      {
        clusters: Int32Array.of(0),
        cells: { names: [['a']], indices: Int32Array.of(0) },
      },
    )
    expect(estimateClusters(none)[0]).toMatchObject({ value: Number.NaN, n: 0, clusters: 0 })
  })
})
