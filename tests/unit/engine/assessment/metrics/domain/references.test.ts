import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { aggregateGroups, equalizeOdds } from '#engine/assessment/metrics/domain/aggregate-groups.ts'
import { calibrationError } from '#engine/assessment/metrics/domain/calibration.ts'
import { compareGroups } from '#engine/assessment/metrics/domain/compare-groups.ts'
import { estimateClusters } from '#engine/assessment/metrics/domain/cluster-estimates.ts'
import { mergeGroups, sumClusters } from '#engine/assessment/metrics/domain/cluster-sums.ts'
import { correctFamily } from '#engine/assessment/metrics/domain/correct-family.ts'
import {
  betaCdf,
  betaQuantile,
  chiSquaredTail,
  normalQuantile,
  normalTail,
  studentCritical,
  studentTwoSided,
} from '#engine/assessment/metrics/domain/distributions.ts'
import { exactInterval } from '#engine/assessment/metrics/domain/exact-interval.ts'
import { mcNemar } from '#engine/assessment/metrics/domain/paired-test.ts'
import { crossGroups, type TaskRecords } from '#engine/assessment/metrics/domain/records.ts'
import { estimateAuc } from '#engine/assessment/metrics/domain/roc.ts'
import { shrinkGroups } from '#engine/assessment/metrics/domain/shrink-groups.ts'
import {
  classMetrics,
  taskMetrics,
  yearsMetrics,
  type SumMetric,
} from '#engine/assessment/metrics/domain/sum-metrics.ts'
import { makeRecords } from '../../../../../fixtures/task-records.ts'

const rows = z.array(z.array(z.number()))
const numbers = z.array(z.number())
const figures = z.record(z.string(), z.number())

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../../../oracles/golden/${name}`, import.meta.url), 'utf8'))

/** scikit-learn, SciPy and statsmodels (tests/oracles/make_fairness_golden.py). */
const golden = z
  .object({
    distributions: z.object({
      betaCdf: rows,
      betaQuantile: rows,
      normalTail: rows,
      normalQuantile: rows,
      studentTwoSided: rows,
      studentCritical: rows,
      chiSquaredTail: rows,
      exact: rows,
    }),
    corrections: z.array(z.object({ p: numbers, holm: numbers, benjaminiHochberg: numbers })),
    mcNemar: rows,
    classes: z.array(
      z.object({
        labels: z.int(),
        labelled: numbers,
        predicted: numbers,
        probabilities: numbers,
        group: numbers,
        overall: figures,
        byGroup: z.array(figures),
      }),
    ),
    clustered: z.object({
      cluster: numbers,
      labelled: numbers,
      error: numbers,
      meanAbsoluteError: numbers,
      slope: numbers,
      within5: z.number(),
      rootMeanSquareError: z.number(),
    }),
    differences: rows,
    shrunken: z.object({ right: numbers, n: numbers, shrunken: numbers }),
  })
  .parse(read('fairness.json'))

/** To nine digits of the larger of the number and 1e-3, so that far tails count too. */
function expectNear(found: number, expected: number): void {
  expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1e-3, Math.abs(expected)))
}

const at = (row: readonly number[], index: number): number => row[index] ?? Number.NaN

describe('distributions', () => {
  const { distributions } = golden
  it.each([
    ['betaCdf', (row: number[]) => betaCdf(at(row, 0), { a: at(row, 1), b: at(row, 2) })],
    ['betaQuantile', (row: number[]) => betaQuantile(at(row, 0), { a: at(row, 1), b: at(row, 2) })],
    ['normalTail', (row: number[]) => normalTail(at(row, 0))],
    ['normalQuantile', (row: number[]) => normalQuantile(at(row, 0))],
    ['studentTwoSided', (row: number[]) => studentTwoSided(at(row, 0), at(row, 1))],
    ['studentCritical', (row: number[]) => studentCritical(at(row, 0), at(row, 1))],
    ['chiSquaredTail', (row: number[]) => chiSquaredTail(at(row, 0), at(row, 1))],
  ] as const)('%s is SciPy’s', (name, calculate) => {
    for (const row of distributions[name]) expectNear(calculate(row), row.at(-1) ?? Number.NaN)
  })

  it('exact intervals are statsmodels’', () => {
    for (const [successes = 0, n = 0, low = 0, high = 0] of distributions.exact) {
      const found = exactInterval({ successes, n })
      expectNear(found.low, low)
      expectNear(found.high, high)
    }
  })
})

describe('corrections', () => {
  it.each(golden.corrections)('are statsmodels’ for $p.length values', ({ p, holm, benjaminiHochberg }) => {
    correctFamily(p, { correction: 'holm' }).forEach(({ adjusted }, index) =>
      expectNear(adjusted, at(holm, index)),
    )
    correctFamily(p, { correction: 'benjamini-hochberg' }).forEach(({ adjusted }, index) =>
      expectNear(adjusted, at(benjaminiHochberg, index)),
    )
  })

  it('let undefined values leave the family before anything is corrected', () => {
    const found = correctFamily([0.02, Number.NaN, 0.04], { correction: 'holm' })
    expect(found.map(({ adjusted }) => adjusted)).toEqual([0.04, Number.NaN, 0.04])
  })

  it('McNemar’s exact test is SciPy’s', () => {
    for (const [first = 0, second = 0, p = 0] of golden.mcNemar) expectNear(mcNemar({ first, second }), p)
  })
})

function scoreGroups(metric: SumMetric, records: TaskRecords) {
  const cells = crossGroups(records, ['race'])
  const sums = sumClusters(metric, { clusters: records.clusters, cells })
  return {
    overall: metric.value(sums.overall, 0),
    byGroup: cells.names.map((_, group) => metric.value(sums.groupSums, group * metric.width)),
  }
}

describe('metrics of classes', () => {
  it.each(golden.classes)('are scikit-learn’s of $labels classes', (one) => {
    const records = makeRecords({
      ...one,
      labels: Array.from({ length: one.labels }, (_, label) => `class ${label}`),
      race: one.group.map((group) => `group ${group}`),
    })
    const metrics: Record<string, SumMetric> = {
      ...Object.fromEntries(Object.entries(taskMetrics).map(([name, make]) => [name, make(records)])),
      ...Object.fromEntries(Object.entries(classMetrics).map(([name, make]) => [name, make(records, 1)])),
      topLabelError: calibrationError(records, 'top-label'),
      classError: calibrationError(records, { label: 1 }),
    }
    const { auc = 0, ...expected } = one.overall
    for (const [name, value] of Object.entries(expected)) {
      const metric = metrics[name]
      if (metric === undefined) throw new Error(`No metric ${name}`)
      const found = scoreGroups(metric, records)
      expectNear(found.overall, value)
      one.byGroup.forEach((group, index) => expectNear(at(found.byGroup, index), group[name] ?? Number.NaN))
    }
    const { value } = estimateAuc({
      scores: Float64Array.from(one.labelled, (_, image) => one.probabilities[image * one.labels + 1] ?? 0),
      isPositive: Uint8Array.from(one.labelled, (label) => (label === 1 ? 1 : 0)),
      clusters: records.clusters,
    })
    expectNear(value ?? 0, auc)
  })
})

describe('figures of people with several pictures', () => {
  const { cluster, labelled, error } = golden.clustered
  const records = makeRecords({
    task: 'age',
    labels: [],
    labelled: labelled.map(() => 0),
    predicted: labelled.map(() => 0),
    clusters: cluster,
    years: { labelled, predicted: labelled.map((age, image) => age + at(error, image)) },
    race: labelled.map(() => 'all'),
  })
  const estimate = (metric: SumMetric) => {
    const sums = sumClusters(metric, { clusters: records.clusters, cells: crossGroups(records, ['race']) })
    const [found] = estimateClusters(mergeGroups(sums))
    if (found === undefined) throw new Error('No estimate')
    return found
  }

  it('have statsmodels’ values and clustered variances', () => {
    const mean = estimate(yearsMetrics.meanAbsoluteError(records))
    expectNear(mean.value, at(golden.clustered.meanAbsoluteError, 0))
    expectNear(mean.variance, at(golden.clustered.meanAbsoluteError, 1))
    const slope = estimate(yearsMetrics.errorSlope(records))
    expectNear(slope.value, at(golden.clustered.slope, 0))
    expect(slope.variance / at(golden.clustered.slope, 1)).toBeCloseTo(1, 6)
    expectNear(estimate(yearsMetrics.cumulativeScore(records, 5)).value, golden.clustered.within5)
    expectNear(
      estimate(yearsMetrics.rootMeanSquareError(records)).value,
      golden.clustered.rootMeanSquareError,
    )
  })
})

describe('differences of shares of independent images', () => {
  it.each(golden.differences)('%d of %d less %d of %d has Newcombe’s interval', (...row) => {
    const [rightA = 0, nA = 0, rightB = 0, nB = 0, low = 0, high = 0] = row
    const right = (count: number, n: number): number[] =>
      Array.from({ length: n }, (_, image) => (image < count ? 0 : 1))
    const records = makeRecords({
      labels: ['a', 'b'],
      labelled: Array.from({ length: nA + nB }, () => 0),
      predicted: [...right(rightA, nA), ...right(rightB, nB)],
      race: Array.from({ length: nA + nB }, (_, image) => (image < nA ? 'a' : 'b')),
    })
    const sums = sumClusters(taskMetrics.accuracy(records), {
      clusters: records.clusters,
      cells: crossGroups(records, ['race']),
    })
    const options = { margin: 0.05, correction: 'holm', fewest: 1 } as const
    const [found] = compareGroups(sums, estimateClusters(sums), options)
    expectNear(found?.low ?? 0, low)
    expectNear(found?.high ?? 0, high)
    expect((found?.p ?? 1) < 0.05).toBe(low > 0 || high < 0)
  })
})

describe('shrunken shares', () => {
  it('are those of statsmodels’ random effects', () => {
    const { right, n, shrunken } = golden.shrunken
    const found = shrinkGroups(
      n.map((images, index) => ({
        value: at(right, index) / images,
        n: images,
        clusters: images,
        variance: 0.1,
        degrees: Infinity,
        designEffect: 1,
      })),
      'share',
    )
    found.forEach((value, index) => expectNear(value, at(shrunken, index)))
  })
})

const frame = z.object({
  overall: figures,
  by_group: z.record(z.string(), figures),
  group_min: figures,
  group_max: figures,
  'difference/between_groups': figures,
  'difference/to_overall': figures,
  'ratio/between_groups': figures,
  'ratio/to_overall': figures,
})
const odds = { equalized_odds_difference: z.number(), equalized_odds_ratio: z.number() }
/** Fairlearn's MetricFrame (tests/oracles/make_fairlearn_golden.py). */
const fairlearn = z
  .object({
    y_true: numbers,
    y_pred: numbers,
    race: z.array(z.string()),
    gender: z.array(z.string()),
    frames: z.record(z.string(), frame.extend(odds)),
    multiclass: z.object({ y_true: numbers, y_pred: numbers, race: frame }),
  })
  .parse(read('fairlearn.json'))

describe('Fairlearn’s definitions', () => {
  const { race, gender } = fairlearn
  const binary = makeRecords({
    labels: ['no', 'yes'],
    labelled: fairlearn.y_true,
    predicted: fairlearn.y_pred,
    race,
    gender,
  })
  const many = makeRecords({
    labels: Array.from({ length: 7 }, (_, label) => `class ${label}`),
    labelled: fairlearn.multiclass.y_true,
    predicted: fairlearn.multiclass.y_pred,
    race,
  })
  const metrics: Record<string, (records: TaskRecords) => SumMetric> = {
    accuracy: taskMetrics.accuracy,
    balanced_accuracy: taskMetrics.balancedAccuracy,
    macro_f1: taskMetrics.macroF1,
    selection_rate: (records) => classMetrics.selectionRate(records, 1),
    tpr: (records) => classMetrics.truePositiveRate(records, 1),
    fpr: (records) => classMetrics.falsePositiveRate(records, 1),
    fnr: (records) => classMetrics.falseNegativeRate(records, 1),
    tnr: (records) => classMetrics.trueNegativeRate(records, 1),
    precision: (records) => classMetrics.precision(records, 1),
  }
  const aggregate = (name: string, records: TaskRecords, by: readonly ('race' | 'gender')[]) => {
    const metric = metrics[name]?.(records)
    if (metric === undefined) throw new Error(`No metric ${name}`)
    const cells = crossGroups(records, by)
    const sums = sumClusters(metric, { clusters: records.clusters, cells })
    const values = cells.names.map((_, group) => metric.value(sums.groupSums, group * metric.width))
    return { cells, values, ...aggregateGroups(values, metric.value(sums.overall, 0)) }
  }
  const expectFrame = (
    expected: z.infer<typeof frame>,
    records: TaskRecords,
    by: readonly ('race' | 'gender')[],
  ) => {
    for (const name of Object.keys(expected.overall).filter((one) => one !== 'count')) {
      const found = aggregate(name, records, by)
      found.cells.names.forEach((group, index) => {
        expectNear(at(found.values, index), expected.by_group[group.join('|')]?.[name] ?? Number.NaN)
      })
      expectNear(found.min, expected.group_min[name] ?? Number.NaN)
      expectNear(found.max, expected.group_max[name] ?? Number.NaN)
      expectNear(found.difference, expected['difference/between_groups'][name] ?? Number.NaN)
      expectNear(found.differenceToOverall, expected['difference/to_overall'][name] ?? Number.NaN)
      expectNear(found.ratio, expected['ratio/between_groups'][name] ?? Number.NaN)
      expectNear(found.ratioToOverall, expected['ratio/to_overall'][name] ?? Number.NaN)
    }
  }

  it.each([
    ['race', ['race']],
    ['gender', ['gender']],
    ['race x gender', ['race', 'gender']],
  ] as const)('hold for yes and no by %s', (title, by) => {
    const expected = fairlearn.frames[title]
    if (expected === undefined) throw new Error(`No frame ${title}`)
    expectFrame(expected, binary, by)
    const found = equalizeOdds(aggregate('tpr', binary, by), aggregate('fpr', binary, by))
    expectNear(found.difference, expected.equalized_odds_difference)
    expectNear(found.ratio, expected.equalized_odds_ratio)
  })

  it('hold for seven classes', () => {
    expectFrame(fairlearn.multiclass.race, many, ['race'])
  })

  it('leave a group without positives undefined, where Fairlearn makes a perfect answer unfair', () => {
    const perfect = makeRecords({
      labels: ['no', 'yes'],
      labelled: [1, 0, 0, 0],
      predicted: [1, 0, 0, 0],
      race: ['a', 'a', 'b', 'b'],
    })
    const found = aggregate('tpr', perfect, ['race'])
    expect(found).toMatchObject({ difference: 0, undefinedGroups: 1 })
  })
})
