import type { Estimate } from '#shared/domain/intervals.ts'
import { criticalOf, estimateClusters, findBounds, type ClusterEstimate } from './cluster-estimates.ts'
import { sumClusters } from './cluster-sums.ts'
import { shareMetric } from './sum-metrics.ts'

/** A share of images that meet a condition among those that are asked. */
export interface AskedShare {
  readonly isAsked: (image: number) => boolean
  readonly isMet: (image: number) => boolean
  /** `[n]` number of the person, or the set of copies, from 0 on. */
  readonly clusters: Int32Array
}

export interface EstimatedShare {
  readonly estimate: Estimate
  /** How many times larger the variance is than that of as many images of different people. */
  readonly designEffect: number
}

function describeShare(found: ClusterEstimate): EstimatedShare {
  const { value, n, clusters, designEffect } = found
  if (n === 0) return { estimate: { value: null, low: null, high: null, n }, designEffect: 1 }
  // Several pictures of one person say nothing of how people differ.
  if (clusters < 2 && n > 1) return { estimate: { value, low: null, high: null, n }, designEffect }
  const [low, high] = findBounds(found, 'share', criticalOf(found))
  return { estimate: { value, low, high, n }, designEffect }
}

/**
 * The share in every group with its 95 % interval over people: Wilson's, with the number of independent images that the
 * pictures are worth; without one for several pictures of one person alone.
 * @param indices `[n]` index into `groups`, -1 where unknown
 */
export function estimateShares(
  { isAsked, isMet, clusters }: AskedShare,
  { groups, indices }: { readonly groups: readonly string[]; readonly indices: ArrayLike<number> },
): EstimatedShare[] {
  const cells = { names: groups.map((group) => [group]), indices: Int32Array.from(indices) }
  return estimateClusters(sumClusters(shareMetric(isAsked, isMet), { clusters, cells })).map(describeShare)
}

/** The share of all images that are asked, as `estimateShares` has it. */
export function estimateShare(share: AskedShare): Estimate {
  const [all] = estimateShares(share, { groups: [''], indices: new Int32Array(share.clusters.length) })
  return all?.estimate ?? { value: null, low: null, high: null, n: 0 }
}
