import type {
  FairnessResult,
  GroupFigure,
  GroupLabels,
  PairFigure,
} from '#shared/contract/fairness.contract.ts'
import { fewestForFigure, weighGroup } from '#shared/domain/fairness-metrics.ts'
import type { Estimate, Interval } from '#shared/domain/intervals.ts'
import { aggregateGroups } from '#engine/assessment/metrics/domain/aggregate-groups.ts'
import {
  criticalOf,
  estimateClusters,
  findBounds,
  findInfluences,
  type ClusterEstimate,
} from '#engine/assessment/metrics/domain/cluster-estimates.ts'
import { mergeGroups, type ClusterSums } from '#engine/assessment/metrics/domain/cluster-sums.ts'
import { compareGroups, type Comparison } from '#engine/assessment/metrics/domain/compare-groups.ts'
import { correctFamily, type Correction } from '#engine/assessment/metrics/domain/correct-family.ts'
import { studentTwoSided } from '#engine/assessment/metrics/domain/distributions.ts'
import type { Cells } from '#engine/assessment/metrics/domain/records.ts'
import { shrinkGroups } from '#engine/assessment/metrics/domain/shrink-groups.ts'
import { alphaOf, type IntervalLevel, type Resampled } from './resample-groups.ts'

export interface FairnessOptions {
  readonly margin: number
  readonly correction: Correction
  readonly intervals: IntervalLevel['intervals']
  readonly confidence: number
  /** Whether the figures are held against 0, as biases and slopes are. */
  readonly isHeldAgainstZero: boolean
}

type Figures = Pick<FairnessResult, 'overall' | 'groups' | 'aggregate' | 'gap' | 'unshuffled' | 'pairs'>

/** A figure that is not defined is none, not NaN. */
const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null)

export function nameCell({ by, names }: Cells, index: number): GroupLabels {
  return Object.fromEntries(by.map((grouping, place) => [grouping, names[index]?.[place] ?? '']))
}

/** Groups with enough images for a figure that is defined. */
export function listJudged(sums: ClusterSums): number[] {
  const { metric, groupSums } = sums
  return Array.from({ length: sums.groups }, (_, group) => group).filter(
    (group) =>
      metric.count(groupSums, group * metric.width) >= fewestForFigure &&
      !Number.isNaN(metric.value(groupSums, group * metric.width)),
  )
}

interface Bounded {
  readonly estimate: ClusterEstimate
  readonly kind: ClusterSums['metric']['kind']
  readonly unit: ClusterSums['metric']['unit']
  readonly alpha: number
  readonly drawn: Interval | null
}

function boundEstimate({ estimate, kind, unit, alpha, drawn }: Bounded): Estimate {
  const { value, n, clusters } = estimate
  if (n < fewestForFigure || Number.isNaN(value)) return { value: null, low: null, high: null, n }
  // One person says nothing of how people differ.
  if (clusters < 2) return { value, low: null, high: null, n }
  if (drawn !== null) return { value, low: drawn.low, high: drawn.high, n }
  if (Number.isNaN(estimate.variance)) return { value, low: null, high: null, n }
  const [low, high] = findBounds(estimate, kind, criticalOf(estimate, alpha))
  const [least, most] =
    unit === 'share' ? [0, kind === 'share' || kind === 'smooth' ? 1 : Infinity] : [-Infinity, Infinity]
  return { value, low: Math.max(least, low), high: Math.min(most, high), n }
}

function testZero(estimates: readonly ClusterEstimate[]): (number | null)[] {
  const ps = estimates.map(({ value, variance, degrees, n }) =>
    n < fewestForFigure || !(variance > 0)
      ? Number.NaN
      : studentTwoSided(value / Math.sqrt(variance), degrees),
  )
  return correctFamily(ps, { correction: 'holm' }).map(({ adjusted }) => orNull(adjusted))
}

function describePair(
  pair: Comparison,
  {
    cells,
    options,
    kind,
    estimates,
  }: { cells: Cells; options: FairnessOptions; kind: string; estimates: readonly ClusterEstimate[] },
): PairFigure {
  const { a, b, difference, low, high, p, adjusted, verdict, neededN, smallestSeen } = pair
  const isWanting =
    smallestSeen > options.margin && [a, b].some((group) => (estimates[group]?.n ?? 0) < neededN)
  return {
    a: nameCell(cells, a),
    b: nameCell(cells, b),
    difference,
    low: orNull(low),
    high: orNull(high),
    p: orNull(p),
    adjusted: orNull(adjusted),
    method: `${kind === 'share' ? 'Newcombe with design effect' : 'clustered t'}, ${options.correction}`,
    verdict,
    margin: options.margin,
    ...(verdict === 'not enough data' && isWanting ? { neededN } : {}),
    smallestSeen: orNull(smallestSeen),
  }
}

function aggregateJudged(
  sums: ClusterSums,
  judged: readonly number[],
  { pairs, isHeldAgainstZero }: { pairs: readonly Comparison[]; isHeldAgainstZero: boolean },
): FairnessResult['aggregate'] {
  if (judged.length < 2) return null
  const { metric, groupSums, overall } = sums
  const values = judged.map((group) => metric.value(groupSums, group * metric.width))
  const found = aggregateGroups(values, metric.value(overall, 0))
  const [best, worst] = [judged[values.indexOf(found.max)], judged[values.indexOf(found.min)]]
  const pair = pairs.find(({ a, b }) => (a === best && b === worst) || (a === worst && b === best))
  const isTurned = pair !== undefined && pair.a === worst
  const enough = Array.from({ length: sums.groups }, (_, group) =>
    metric.count(groupSums, group * metric.width),
  )
  return {
    min: orNull(found.min),
    max: orNull(found.max),
    difference: orNull(found.difference),
    // A ratio of figures on both sides of 0 says nothing.
    ratio: isHeldAgainstZero ? null : orNull(found.ratio),
    differenceToOverall: orNull(found.differenceToOverall),
    ratioToOverall: isHeldAgainstZero ? null : orNull(found.ratioToOverall),
    low: pair === undefined ? null : orNull(isTurned ? -pair.high : pair.low),
    high: pair === undefined ? null : orNull(isTurned ? -pair.low : pair.high),
    groups: judged.length,
    undefinedGroups: enough.filter((n) => n >= fewestForFigure).length - judged.length,
  }
}

/** Everything that is said of the groups of one metric. */
export function describeFairness(
  sums: ClusterSums,
  cells: Cells,
  { options, resampled }: { readonly options: FairnessOptions; readonly resampled: Resampled | null },
): Figures {
  const { kind, unit } = sums.metric
  const influences = findInfluences(sums)
  const estimates = estimateClusters(sums, influences)
  const judged = listJudged(sums)
  const shrunken = shrinkGroups(estimates, kind === 'share' ? 'share' : 'other')
  const alpha = alphaOf(options, judged.length)
  const single = alphaOf({ ...options, intervals: 'each' }, 1)
  const drawnOf = (place: number): Interval | null => resampled?.intervals?.[place] ?? null
  const zeros = options.isHeldAgainstZero ? testZero(estimates) : []
  const pairs =
    kind === 'rough'
      ? []
      : compareGroups(sums, estimates, {
          ...options,
          alpha: single,
          fewest: fewestForFigure,
          influences,
        })
  const groups = estimates.map((estimate, index): GroupFigure => ({
    group: nameCell(cells, index),
    ...boundEstimate({ estimate, kind, unit, alpha, drawn: drawnOf(index) }),
    identities: estimate.clusters,
    shown: weighGroup(estimate.n),
    shrunken: estimate.n < fewestForFigure ? null : orNull(shrunken[index] ?? Number.NaN),
    pZero: zeros[index] ?? null,
  }))
  const [everyone] = estimateClusters(mergeGroups(sums))
  const none = { value: null, low: null, high: null, n: 0 }
  return {
    overall:
      everyone === undefined
        ? none
        : boundEstimate({ estimate: everyone, kind, unit, alpha: single, drawn: drawnOf(sums.groups) }),
    groups,
    aggregate: aggregateJudged(sums, judged, { pairs, isHeldAgainstZero: options.isHeldAgainstZero }),
    gap: resampled?.gap ?? null,
    unshuffled: (resampled?.unshuffled ?? []).map((group) => nameCell(cells, group)),
    pairs: pairs.map((pair) => describePair(pair, { cells, options, kind, estimates })),
  }
}
