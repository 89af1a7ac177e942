import { drawClusters, findIntervals } from '#engine/assessment/metrics/domain/cluster-bootstrap.ts'
import type { ClusterSums } from '#engine/assessment/metrics/domain/cluster-sums.ts'
import type { Draws } from '#engine/assessment/metrics/domain/draw-blocks.ts'
import {
  describeGap,
  findUnshuffled,
  shuffleGaps,
  type GapByChance,
} from '#engine/assessment/metrics/domain/gap-by-chance.ts'
import type { Interval } from '#shared/domain/intervals.ts'

export interface IntervalLevel {
  readonly intervals: 'each' | 'simultaneous'
  /** How often an interval is to hold the truth, in (0, 1). */
  readonly confidence: number
}

/** How often the interval of one of `judged` groups may miss: 5 % at 95 %, or its part of that for all together (Bonferroni). */
export const alphaOf = ({ intervals, confidence }: IntervalLevel, judged: number): number => {
  // Of a confidence of two digits or four, without what binary fractions add.
  const alpha = Math.round((1 - confidence) * 1e9) / 1e9
  return intervals === 'simultaneous' ? alpha / Math.max(1, judged) : alpha
}

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

/** Draws as they come from a thread, of the blocks that it was asked for. */
export interface Drawn {
  /** `[draws]`, null where there is no gap of chance. */
  readonly gaps: Float64Array | null
  /** Per group, and of everyone last, `[draws]`; null for metrics with a formula. */
  readonly values: readonly Float64Array[] | null
}

/** What wants draws: the gap of chance, and intervals of metrics that have no formula. */
export const drawGroups = (sums: ClusterSums, judged: readonly number[], draws: Draws): Drawn => ({
  gaps: shuffleGaps(sums, judged, draws),
  values: sums.metric.kind === 'rough' ? drawClusters(sums, draws) : null,
})

function join(parts: readonly Float64Array[]): Float64Array {
  const joined = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

/** Draws of several threads in the order of their blocks. */
export function joinDrawn(parts: readonly Drawn[]): Drawn {
  const gaps = parts.flatMap((part) => (part.gaps === null ? [] : [part.gaps]))
  const [first] = parts
  return {
    gaps: gaps.length === 0 ? null : join(gaps),
    values:
      first?.values?.map((_, group) => join(parts.flatMap(({ values }) => values?.[group] ?? []))) ?? null,
  }
}

/** What all draws say. */
export function describeDrawn(
  sums: ClusterSums,
  judged: readonly number[],
  { drawn, level }: { readonly drawn: Drawn; readonly level: IntervalLevel },
): Resampled {
  const gap = describeGap(sums, judged, drawn.gaps)
  const unshuffled = judged.length < 2 ? [] : findUnshuffled(sums, judged)
  if (drawn.values === null) return { gap, unshuffled, intervals: null }
  const alpha = alphaOf(level, judged.length)
  const { metric, groups, groupSums, overall } = sums
  const intervals = drawn.values.map((values, group) =>
    group === groups
      ? boundDrawn(values, metric.value(overall, 0), alphaOf({ ...level, intervals: 'each' }, 1))
      : boundDrawn(values, metric.value(groupSums, group * metric.width), alpha),
  )
  return { gap, unshuffled, intervals }
}

/** All draws in this thread. */
export const resampleGroups = (
  sums: ClusterSums,
  judged: readonly number[],
  draws: Draws & { readonly level: IntervalLevel },
): Resampled => describeDrawn(sums, judged, { drawn: drawGroups(sums, judged, draws), level: draws.level })
