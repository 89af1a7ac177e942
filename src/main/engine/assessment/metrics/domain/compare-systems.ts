import type { Estimate } from '#shared/domain/intervals.ts'
import {
  criticalOf,
  estimateClusters,
  findBounds,
  findInfluences,
  type ClusterEstimate,
} from './cluster-estimates.ts'
import { sumClusters } from './cluster-sums.ts'
import { compareGroups, type Comparison, type CompareOptions } from './compare-groups.ts'
import type { SumMetric } from './sum-metrics.ts'

/** The figures of two systems over the same images of one group; null where its images are too few. */
export interface SystemComparison {
  readonly a: Estimate
  readonly b: Estimate
  readonly comparison: Comparison | null
}

export interface PairedImages {
  /** What is measured of an image and a system, as of two images: `n + image` is the second system's. */
  readonly metric: SumMetric
  /** `[n]` */
  readonly clusters: Int32Array
  /** `[n]` group of each image, -1 for none. */
  readonly cells: ArrayLike<number>
  readonly groups: number
}

type Options = Omit<CompareOptions, 'pairs' | 'influences'>

function describe(found: ClusterEstimate | undefined, kind: SumMetric['kind'], alpha: number): Estimate {
  if (found === undefined || found.n === 0 || Number.isNaN(found.value))
    return { value: null, low: null, high: null, n: found?.n ?? 0 }
  const { value, n, clusters, variance } = found
  if (clusters < 2 || Number.isNaN(variance)) return { value, low: null, high: null, n }
  const [low, high] = findBounds(found, kind, criticalOf(found, alpha))
  return { value, low, high, n }
}

/**
 * Two systems over the same images: each group's figures and their difference, the first less the second, by Newcombe's
 * method for paired shares (1998, the tenth) over people, corrected for the family of all groups.
 */
export function compareSystems(
  { metric, clusters, cells, groups }: PairedImages,
  options: Options,
): SystemComparison[] {
  const n = clusters.length
  const both = new Int32Array(2 * n)
  both.set(clusters)
  both.set(clusters, n)
  const indices = Int32Array.from(both, (_, at) => {
    const group = cells[at % n] ?? -1
    return group < 0 ? -1 : 2 * group + (at < n ? 0 : 1)
  })
  const names = Array.from({ length: 2 * groups }, (_, index) => [String(index)])
  const sums = sumClusters(metric, { clusters: both, cells: { names, indices } })
  const influences = findInfluences(sums)
  const estimates = estimateClusters(sums, influences)
  const pairs = Array.from({ length: groups }, (_, group) => [2 * group, 2 * group + 1] as const)
  const compared = compareGroups(sums, estimates, { ...options, pairs, influences })
  return pairs.map(([a, b]) => ({
    a: describe(estimates[a], metric.kind, options.alpha ?? 0.05),
    b: describe(estimates[b], metric.kind, options.alpha ?? 0.05),
    comparison: compared.find((one) => one.a === a) ?? null,
  }))
}
