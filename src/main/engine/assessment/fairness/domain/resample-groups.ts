import { drawClusters, findIntervals } from '#engine/assessment/metrics/domain/cluster-bootstrap.ts'
import type { ClusterSums } from '#engine/assessment/metrics/domain/cluster-sums.ts'
import {
  findGapByChance,
  type Draws,
  type GapByChance,
} from '#engine/assessment/metrics/domain/gap-by-chance.ts'
import type { Interval } from '#shared/domain/intervals.ts'

export interface Resampled {
  readonly gap: GapByChance | null
  /** For metrics without a formula: `[groups]` and of everyone last; null where too many draws leave the figure undefined. */
  readonly intervals: readonly (Interval | null)[] | null
}

/** What wants draws: the gap of chance, and intervals of metrics that have no formula. */
export function resampleGroups(sums: ClusterSums, judged: readonly number[], draws: Draws): Resampled {
  const gap = findGapByChance(sums, judged, draws)
  if (sums.metric.kind !== 'rough') return { gap, intervals: null }
  const valueOf = (group: number): number =>
    group === sums.groups
      ? sums.metric.value(sums.overall, 0)
      : sums.metric.value(sums.groupSums, group * sums.metric.width)
  const intervals = drawClusters(sums, draws).map(
    (drawn, group) => findIntervals(drawn, { value: valueOf(group), acceleration: 0 })?.percentile ?? null,
  )
  return { gap, intervals }
}
