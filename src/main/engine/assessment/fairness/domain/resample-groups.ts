import { drawClusters, findIntervals } from '#engine/assessment/metrics/domain/cluster-bootstrap.ts'
import type { ClusterSums } from '#engine/assessment/metrics/domain/cluster-sums.ts'
import {
  findGapByChance,
  findUnshuffled,
  type Draws,
  type GapByChance,
} from '#engine/assessment/metrics/domain/gap-by-chance.ts'
import type { Interval } from '#shared/domain/intervals.ts'

export type IntervalLevel = 'each' | 'simultaneous'

/** How often the interval of one of `judged` groups may miss: 5 %, or its part of 5 % for all together (Bonferroni). */
export const alphaOf = (intervals: IntervalLevel, judged: number): number =>
  intervals === 'simultaneous' ? 0.05 / Math.max(1, judged) : 0.05

export interface Resampled {
  readonly gap: GapByChance | null
  /** Groups for whose sake there is no gap of chance: nobody to change labels with. */
  readonly unshuffled: readonly number[]
  /** For metrics without a formula: `[groups]` and of everyone last; null where the draws give none. */
  readonly intervals: readonly (Interval | null)[] | null
}

/**
 * The basic interval within what a share can be, or none where it leaves out the figure itself: resampling then moves the
 * figure by more than it spreads it, and tells nothing of either.
 */
function boundDrawn(drawn: Float64Array, value: number, alpha: number): Interval | null {
  const found = findIntervals(drawn, { value, acceleration: 0, alpha })
  if (found === null || found.basic.low > value || found.basic.high < value) return null
  return { low: Math.max(0, found.basic.low), high: Math.min(1, found.basic.high) }
}

/** What wants draws: the gap of chance, and intervals of metrics that have no formula. */
export function resampleGroups(
  sums: ClusterSums,
  judged: readonly number[],
  draws: Draws & { readonly intervals: IntervalLevel },
): Resampled {
  const gap = findGapByChance(sums, judged, draws)
  const unshuffled = judged.length < 2 ? [] : findUnshuffled(sums, judged)
  if (sums.metric.kind !== 'rough') return { gap, unshuffled, intervals: null }
  const alpha = alphaOf(draws.intervals, judged.length)
  const { metric, groups, groupSums, overall } = sums
  const intervals = drawClusters(sums, draws).map((drawn, group) =>
    group === groups
      ? boundDrawn(drawn, metric.value(overall, 0), alphaOf('each', 1))
      : boundDrawn(drawn, metric.value(groupSums, group * metric.width), alpha),
  )
  return { gap, unshuffled, intervals }
}
