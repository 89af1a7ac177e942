import { z95 } from '#shared/domain/intervals.ts'
import type { ClusterSums } from './cluster-sums.ts'
import { studentCritical } from './distributions.ts'

/** One group's figure, and what its intervals and differences are made of. */
export interface ClusterEstimate {
  /** NaN where the metric is not defined. */
  readonly value: number
  /** Images, and people (or sets of copies) they are of. */
  readonly n: number
  readonly clusters: number
  /** Of the sampling distribution of `value`; NaN where it cannot be told. */
  readonly variance: number
  /** How sure the variance is: infinite where all images are independent. */
  readonly degrees: number
  /** How many times larger the variance is than that of as many independent images; for shares. */
  readonly designEffect: number
}

/** Influence of every unit on the value of its group, `[units]`: summed over a group they are 0 (the delta method). */
export function findInfluences(sums: ClusterSums): Float64Array {
  const { metric, groups, group, groupSums } = sums
  const { width } = metric
  const slopes = new Float64Array(groups * width)
  for (let one = 0; one < groups; one++) findSlopes(sums, one, slopes)
  const influences = new Float64Array(group.length)
  const isRatio = metric.kind === 'share' || metric.kind === 'mean'
  for (let unit = 0; unit < group.length; unit++) {
    const own = group[unit]! * width
    let influence = 0
    if (isRatio) {
      // Exact, where a difference quotient would round.
      const [sum, n] = [groupSums[own]!, groupSums[own + 1]!]
      influence = (sums.sums[unit * width]! - (sum / n) * sums.sums[unit * width + 1]!) / n
    } else {
      for (let part = 0; part < width; part++) {
        influence += slopes[own + part]! * sums.sums[unit * width + part]!
      }
    }
    influences[unit] = influence
  }
  return influences
}

/** Slopes of the value by each of a group's sums, by central differences. */
function findSlopes({ metric, groupSums }: ClusterSums, group: number, slopes: Float64Array): void {
  const { width, kind, value } = metric
  if (kind === 'share' || kind === 'mean') return
  const near = groupSums.slice(group * width, (group + 1) * width)
  for (let part = 0; part < width; part++) {
    const here = near[part]!
    const step = 1e-5 * Math.max(1, Math.abs(here))
    near[part] = here + step
    const above = value(near, 0)
    near[part] = here - step
    const below = value(near, 0)
    near[part] = here
    const slope = (above - below) / (2 * step)
    slopes[group * width + part] = Number.isFinite(slope) ? slope : 0
  }
}

interface Tally {
  clusters: number
  images: number
  squares: number
  influence: number
  influenceSquares: number
  /** Clusters with something right, and with something wrong. */
  right: number
  wrong: number
}

function tallyGroups(sums: ClusterSums, influences: Float64Array): Tally[] {
  const tallies = Array.from({ length: sums.groups }, (): Tally => ({
    clusters: 0,
    images: 0,
    squares: 0,
    influence: 0,
    influenceSquares: 0,
    right: 0,
    wrong: 0,
  }))
  const { width } = sums.metric
  for (let unit = 0; unit < sums.group.length; unit++) {
    const tally = tallies[sums.group[unit]!]!
    const size = sums.sizes[unit]!
    tally.clusters += 1
    tally.images += size
    tally.squares += size * size
    tally.influence += influences[unit]!
    tally.influenceSquares += influences[unit]! ** 2
    if (sums.sums[unit * width]! > 0) tally.right += 1
    if (sums.sums[unit * width]! < size) tally.wrong += 1
  }
  return tallies
}

/** The sum of squares about the mean, made unbiased: the variance of the value that the clusters give. */
function varianceOf({ clusters, influence, influenceSquares }: Tally): number {
  if (clusters < 2) return Number.NaN
  const about = influenceSquares - influence ** 2 / clusters
  return (Math.max(0, about) * clusters) / (clusters - 1)
}

/** Below this variance per image, differences are those of rounding. */
const leastSpread = 1e-12

/**
 * The variance that the clusters give, or NaN where all have the same influence, as in a group without an error: that
 * says that nobody erred, not that nobody could.
 */
function spreadOf(tally: Tally): number {
  const variance = varianceOf(tally)
  return variance * tally.images > leastSpread ? variance : Number.NaN
}

/** Weight of what all groups together say of the correlation within people, in degrees of freedom. */
const pooledDegrees = 30

interface ShareFacts {
  readonly tally: Tally
  readonly value: number
  /** Images beside another image of the same person, in the mean over images. */
  readonly companions: number
  /** Design effect that the group's own clusters give; NaN where all are right or all wrong. */
  readonly own: number
  /** How much of it the clusters know: those of the rarer outcome tell it. */
  readonly degrees: number
}

function describeShare(tally: Tally, value: number): ShareFacts {
  const { images, squares, clusters } = tally
  const independent = (value * (1 - value)) / images
  return {
    tally,
    value,
    companions: images === 0 ? 0 : squares / images - 1,
    own: independent > 0 ? varianceOf(tally) / independent : Number.NaN,
    degrees: Math.max(0, Math.min(tally.right, tally.wrong, clusters) - 1),
  }
}

/** The correlation within people that the design effects of all groups point to, in [0, 1], and how sure it is. */
function poolCorrelation(groups: readonly ShareFacts[]): { correlation: number; degrees: number } {
  let [sum, weights, degrees] = [0, 0, 0]
  for (const { companions, own, degrees: known } of groups) {
    if (companions <= 0 || Number.isNaN(own) || known < 1) continue
    // A design effect is 1 + companions * correlation, known as well as its clusters are many.
    sum += known * companions * (own - 1)
    weights += known * companions ** 2
    degrees += known
  }
  // Without any error to learn from, the worst is taken for granted: pictures of one person are right or wrong together.
  if (weights === 0) return { correlation: 1, degrees: 0 }
  return { correlation: Math.min(1, Math.max(0, sum / weights)), degrees }
}

function estimateShare(facts: ShareFacts, pool: { correlation: number; degrees: number }): ClusterEstimate {
  const { tally, value, companions, own, degrees: known } = facts
  const { images: n, clusters } = tally
  if (companions <= 1e-12) {
    const variance = (value * (1 - value)) / n
    return { value, n, clusters, variance, degrees: Infinity, designEffect: 1 }
  }
  const weight = Math.min(pooledDegrees, pool.degrees)
  const expected = 1 + companions * pool.correlation
  const mixed =
    Number.isNaN(own) || known === 0 ? expected : (known * own + weight * expected) / (known + weight)
  const designEffect = Math.max(1, mixed)
  return {
    value,
    n,
    clusters,
    variance: (designEffect * value * (1 - value)) / n,
    degrees: Math.max(1, Math.min(known + weight, Math.max(clusters - 1, weight))),
    designEffect,
  }
}

/**
 * Every group's figure with its sampling variance, people being the unit.
 *
 * For shares the design effect of each group is drawn to the one that all groups together point to, with the weight of 30
 * degrees of freedom: a group of few people, or with few errors, cannot tell its own (Korn & Graubard 1998 use it bare).
 */
export function estimateClusters(sums: ClusterSums, influences = findInfluences(sums)): ClusterEstimate[] {
  const tallies = tallyGroups(sums, influences)
  const { metric, groupSums } = sums
  const valueOf = (group: number): number => metric.value(groupSums, group * metric.width)
  if (metric.kind === 'share') {
    const facts = tallies.map((tally, group) => describeShare(tally, valueOf(group)))
    const pool = poolCorrelation(facts)
    return facts.map((one) => estimateShare(one, pool))
  }
  return tallies.map((tally, group) => ({
    value: valueOf(group),
    n: tally.images,
    clusters: tally.clusters,
    variance: metric.kind === 'rough' ? Number.NaN : spreadOf(tally),
    degrees: Math.max(1, tally.clusters - 1),
    designEffect: 1,
  }))
}

/** One end of the Wilson interval of a share that is known as well as `n` independent images would tell it. */
export function boundOfScore(
  value: number,
  { n, critical, towards }: { readonly n: number; readonly critical: number; readonly towards: -1 | 1 },
): number {
  const square = critical * critical
  const centre = (value + square / (2 * n)) / (1 + square / n)
  const half = (critical * Math.sqrt((value * (1 - value)) / n + square / (4 * n * n))) / (1 + square / n)
  if (towards < 0) return value === 0 ? 0 : Math.max(0, centre - half)
  return value === 1 ? 1 : Math.min(1, centre + half)
}

/**
 * Bounds of a figure at a critical value: Wilson's with the number of independent images that it is worth for a share,
 * else the value and `critical` standard errors to either side. NaN where the variance cannot be told.
 */
export function findBounds(
  estimate: Pick<ClusterEstimate, 'value' | 'n' | 'variance' | 'designEffect'>,
  kind: ClusterSums['metric']['kind'],
  critical: number,
): readonly [number, number] {
  const { value, n, variance, designEffect } = estimate
  if (kind === 'share') {
    const worth = n / designEffect
    return [
      boundOfScore(value, { n: worth, critical, towards: -1 }),
      boundOfScore(value, { n: worth, critical, towards: 1 }),
    ]
  }
  const half = critical * Math.sqrt(variance)
  return [value - half, value + half]
}

/** The critical value of a two-sided interval of one figure. */
export function criticalOf({ degrees }: Pick<ClusterEstimate, 'degrees'>, alpha = 0.05): number {
  return Number.isFinite(degrees) || alpha !== 0.05 ? studentCritical(alpha, degrees) : z95
}
