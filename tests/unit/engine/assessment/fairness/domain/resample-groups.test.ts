import { describe, expect, it } from 'vitest'
import { calibrationError } from '#engine/assessment/metrics/domain/calibration.ts'
import { drawClusters } from '#engine/assessment/metrics/domain/cluster-bootstrap.ts'
import { sumClusters, type ClusterSums } from '#engine/assessment/metrics/domain/cluster-sums.ts'
import { createFastRandom } from '#engine/assessment/metrics/domain/fast-random.ts'
import { crossGroups, type Cells } from '#engine/assessment/metrics/domain/records.ts'
import { taskMetrics } from '#engine/assessment/metrics/domain/sum-metrics.ts'
import { describeFairness, listJudged } from '#engine/assessment/fairness/domain/describe-fairness.ts'
import { shareBlocks } from '#engine/assessment/metrics/domain/draw-blocks.ts'
import {
  describeDrawn,
  drawGroups,
  joinDrawn,
  resampleGroups,
} from '#engine/assessment/fairness/domain/resample-groups.ts'
import { describePairVerdict } from '#shared/derived/describe-fairness.ts'
import { makeRecords } from '../../../../../fixtures/task-records.ts'

interface Picture {
  readonly race: string
  readonly person: number
  readonly isRight: boolean
  readonly confidence: number
}

/** Pictures labelled "yes": a right one is answered so, with the confidence. */
function sumPictures(
  pictures: readonly Picture[],
  metric: 'accuracy' | 'calibrationError',
): { sums: ClusterSums; cells: Cells } {
  const records = makeRecords({
    labels: ['yes', 'no'],
    labelled: pictures.map(() => 0),
    predicted: pictures.map(({ isRight }) => (isRight ? 0 : 1)),
    probabilities: pictures.flatMap(({ isRight, confidence }) =>
      isRight ? [confidence, 1 - confidence] : [1 - confidence, confidence],
    ),
    clusters: pictures.map(({ person }) => person),
    race: pictures.map(({ race }) => race),
  })
  const cells = crossGroups(records, ['race'])
  const made = metric === 'accuracy' ? taskMetrics.accuracy(records) : calibrationError(records, 'top-label')
  return { sums: sumClusters(made, { clusters: records.clusters, cells }), cells }
}

function describeGroups(
  { sums, cells }: { sums: ClusterSums; cells: Cells },
  intervals: 'each' | 'simultaneous' = 'each',
) {
  const resampled = resampleGroups(sums, listJudged(sums), {
    seed: 1,
    draws: 500,
    level: { intervals, confidence: 0.95 },
  })
  const options = {
    margin: 0.05,
    correction: 'holm',
    intervals,
    confidence: 0.95,
    isHeldAgainstZero: false,
  } as const
  return describeFairness(sums, cells, { options, resampled })
}

const random = createFastRandom(3)
const pictures = (race: string, count: number, from: number): Picture[] =>
  Array.from({ length: count }, (_, person) => {
    const confidence = 0.5 + random.below(500) / 1000
    return { race, person: from + person, isRight: random.below(1000) < 1000 * confidence, confidence }
  })

describe('the aggregate', () => {
  it('has no ratio where figures are held against 0', () => {
    const { sums, cells } = sumPictures([...pictures('a', 40, 0), ...pictures('b', 40, 40)], 'accuracy')
    const options = { margin: 0.05, correction: 'holm', intervals: 'each', confidence: 0.95 } as const
    const ratiosOf = (isHeldAgainstZero: boolean) =>
      describeFairness(sums, cells, { options: { ...options, isHeldAgainstZero }, resampled: null }).aggregate
    expect(ratiosOf(true)).toMatchObject({ ratio: null, ratioToOverall: null })
    expect(ratiosOf(false)?.ratio).toBeLessThanOrEqual(1)
  })
})

describe('pairs without a verdict', () => {
  const verdictOf = (images: number, right: readonly [number, number]) => {
    const made = sumPictures(
      (['a', 'b'] as const).flatMap((race, place) =>
        Array.from({ length: images }, (_, person) => ({
          race,
          person: place * images + person,
          isRight: person < (right[place] ?? 0),
          confidence: 0.9,
        })),
      ),
      'accuracy',
    )
    const [pair] = describeGroups(made).pairs
    return pair === undefined ? '' : describePairVerdict(pair, 'accuracy')
  }

  it('are told how many images would do, where they have fewer', () => {
    expect(verdictOf(100, [85, 80])).toMatch(
      /^not enough data: [\d,]+ images in each would show 5\.0 points; these could have shown \d+\.\d points$/,
    )
  })

  it('are not asked for images that they have', () => {
    expect(verdictOf(900, [770, 745])).toBe(
      'not enough data: a difference of 5.0 points would have shown, but whether the true one lies within 5.0 points these do not tell',
    )
  })
})

describe('the gap of chance', () => {
  const people = (race: string, from: number, { count, each, right }: Record<string, number>): Picture[] =>
    Array.from({ length: (count ?? 0) * (each ?? 0) }, (_, image) => ({
      race,
      person: from + Math.floor(image / (each ?? 1)),
      isRight: Math.floor(image / (each ?? 1)) < (right ?? 0),
      confidence: 0.9,
    }))

  it('is not told where nobody has as many pictures as those of another group', () => {
    const made = sumPictures(
      [
        ...people('a', 0, { count: 100, each: 2, right: 90 }),
        ...people('b', 100, { count: 200, each: 1, right: 120 }),
      ],
      'accuracy',
    )
    expect(describeGroups(made)).toMatchObject({ gap: null, unshuffled: [{ race: 'a' }, { race: 'b' }] })
  })

  it('is not told where few have, and is where half have', () => {
    const mixed = (alike: number) =>
      sumPictures(
        [
          ...people('a', 0, { count: 100, each: 2, right: 90 }),
          ...people('b', 100, { count: alike, each: 2, right: 30 }),
          ...people('b', 200, { count: 100 - alike, each: 1, right: 30 }),
        ],
        'accuracy',
      )
    expect(describeGroups(mixed(49))).toMatchObject({ gap: null, unshuffled: [{ race: 'b' }] })
    const told = describeGroups(mixed(50))
    expect(told.unshuffled).toEqual([])
    expect(told.gap?.p).toBeLessThan(0.05)
  })
})

describe('calibration error by group', () => {
  it('of one person has no interval', () => {
    const one = pictures('a', 40, 0).map((picture) => ({ ...picture, person: 0 }))
    const { groups } = describeGroups(sumPictures([...one, ...pictures('b', 40, 1)], 'calibrationError'))
    expect(groups[0]).toMatchObject({ n: 40, identities: 1, low: null, high: null })
    expect(groups[0]?.value).not.toBeNull()
  })

  it('has an interval that holds it, or none', () => {
    const made = sumPictures([...pictures('a', 40, 0), ...pictures('b', 900, 40)], 'calibrationError')
    for (const { value, low, high } of describeGroups(made).groups) {
      if (low === null || high === null) continue
      expect(low).toBeLessThanOrEqual(value ?? Number.NaN)
      expect(high).toBeGreaterThanOrEqual(value ?? Number.NaN)
    }
  })

  it('is drawn to 0 by its interval, since resampling draws it away', () => {
    // Well calibrated: what is seen of an error is chance.
    const made = sumPictures(pictures('a', 900, 0), 'calibrationError')
    const [group] = describeGroups(made).groups
    const { value = null, low = null, high = null } = group ?? {}
    if (value === null || low === null || high === null) throw new Error('No interval')
    expect(value - low).toBeGreaterThan(high - value)
    expect(low).toBeGreaterThanOrEqual(0)
  })

  it('has wider intervals where they hold for all groups together', () => {
    const off = (race: string, from: number): Picture[] =>
      pictures(race, 300, from).map((picture, index) => ({
        ...picture,
        confidence: 0.95,
        isRight: index % 2 === 0,
      }))
    const made = sumPictures([...off('a', 0), ...off('b', 300), ...off('c', 600)], 'calibrationError')
    const [each] = describeGroups(made).groups
    const [together] = describeGroups(made, 'simultaneous').groups
    expect(together?.low).toBeLessThan(each?.low ?? Number.NaN)
    expect(together?.high).toBeGreaterThan(each?.high ?? Number.NaN)
  })
})

describe('draws', () => {
  it('give the same figures whatever threads share them', () => {
    const made = sumPictures([...pictures('a', 60, 0), ...pictures('b', 900, 60)], 'calibrationError')
    const judged = listJudged(made.sums)
    const level = { intervals: 'each', confidence: 0.95 } as const
    const whole = resampleGroups(made.sums, judged, { seed: 7, draws: 550, level })
    for (const threads of [2, 3, 16]) {
      const shares = shareBlocks(550, threads)
      expect(shares).toHaveLength(Math.min(threads, 6))
      const parts = shares.map((blocks) => drawGroups(made.sums, judged, { seed: 7, draws: 550, blocks }))
      expect(describeDrawn(made.sums, judged, { drawn: joinDrawn(parts), level })).toEqual(whole)
    }
    expect(resampleGroups(made.sums, judged, { seed: 8, draws: 550, level })).not.toEqual(whole)
  })

  it('keep as many people in every group, and everyone where nobody differs', () => {
    const made = sumPictures(
      ['a', 'b'].flatMap((race, place) =>
        Array.from({ length: 40 }, (_, at) => ({
          race,
          person: place * 20 + (at >> 1),
          isRight: true,
          confidence: 0.9,
        })),
      ),
      'accuracy',
    )
    const drawn = drawClusters(made.sums, { seed: 1, draws: 30 })
    expect(drawn.map((values) => [...new Set(values)])).toEqual([[1], [1], [1]])
  })
})

describe('the confidence that is asked for', () => {
  it('is that of intervals and of verdicts', () => {
    const { sums, cells } = sumPictures([...pictures('a', 200, 0), ...pictures('b', 300, 200)], 'accuracy')
    const describeAt = (confidence: number) =>
      describeFairness(sums, cells, {
        options: {
          margin: 0.05,
          correction: 'holm',
          intervals: 'each',
          confidence,
          isHeldAgainstZero: false,
        },
        resampled: null,
      })
    const [usual, sure] = [describeAt(0.95), describeAt(0.99)]
    expect(sure.groups[0]?.low).toBeLessThan(usual.groups[0]?.low ?? 0)
    expect(sure.pairs[0]?.low).toBeLessThan(usual.pairs[0]?.low ?? 0)
    expect(sure.pairs[0]?.p).toBe(usual.pairs[0]?.p)
    // At the level of its p-value an interval touches zero.
    const touching = describeAt(1 - (usual.pairs[0]?.p ?? 0))
    const { low = 1, high = 1 } = touching.pairs[0] ?? {}
    expect(Math.min(Math.abs(low ?? 1), Math.abs(high ?? 1))).toBeLessThan(1e-6)
  })
})
