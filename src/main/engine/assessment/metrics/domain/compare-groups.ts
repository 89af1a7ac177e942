import type { ClusterSums } from './cluster-sums.ts'
import { findBounds, findInfluences, boundOfScore, type ClusterEstimate } from './cluster-estimates.ts'
import { correctFamily, type Correction } from './correct-family.ts'
import { normalQuantile, studentCritical, studentTwoSided } from './distributions.ts'

export type Verdict = 'differs' | 'alike' | 'not enough data'

/** Two groups' figures compared: the first less the second. */
export interface Comparison {
  readonly a: number
  readonly b: number
  readonly difference: number
  /** At the corrected level. These, `p` and what could be seen are NaN where the variance of a side cannot be told. */
  readonly low: number
  readonly high: number
  readonly p: number
  readonly adjusted: number
  readonly verdict: Verdict
  /** Images wanted in each group to see a difference of the margin four times in five, at the corrected level. */
  readonly neededN: number
  /** The smallest difference that these groups would have shown four times in five. */
  readonly smallestSeen: number
}

export interface CompareOptions {
  /** What is small enough to be called alike; in the metric's unit. */
  readonly margin: number
  readonly correction: Correction
  /** How often, at most, groups that do not differ may be told apart; 0.05 where it is not given. */
  readonly alpha?: number
  /** Groups with fewer images are compared with none. */
  readonly fewest: number
  /** The pairs to compare, each of two groups; every pair where it is not given. */
  readonly pairs?: readonly (readonly [a: number, b: number])[]
  /** Of the sums, for who has found them already. */
  readonly influences?: Float64Array
}

interface Pair {
  readonly a: number
  readonly b: number
  readonly first: ClusterEstimate
  readonly second: ClusterEstimate
  readonly correlation: number
  readonly degrees: number
}

/** Satterthwaite's degrees of freedom of a difference. */
function joinDegrees(first: ClusterEstimate, second: ClusterEstimate): number {
  const [a, b] = [first.variance, second.variance]
  if (!Number.isFinite(first.degrees) && !Number.isFinite(second.degrees)) return Infinity
  if (!(a + b > 0)) return Math.min(first.degrees, second.degrees)
  return (a + b) ** 2 / (a ** 2 / first.degrees + b ** 2 / second.degrees)
}

/** Covariances of the values of groups in which the same people stand, `[groups, groups]`, filled where a < b. */
function findCovariances({ cluster, group, groups }: ClusterSums, influences: Float64Array): Float64Array {
  const found = new Float64Array(groups * groups)
  for (let first = 0; first < cluster.length;) {
    let end = first + 1
    while (end < cluster.length && cluster[end] === cluster[first]) end++
    for (let one = first; one < end; one++) {
      for (let other = one + 1; other < end; other++) {
        const [a, b] = [group[one]!, group[other]!]
        found[a < b ? a * groups + b : b * groups + a]! += influences[one]! * influences[other]!
      }
    }
    first = end
  }
  return found
}

/**
 * The interval of a difference from those of its sides (Zou & Donner 2008; for two shares Newcombe's tenth method, 1998),
 * with the correlation of sides that share people.
 */
function boundDifference(
  { first, second, correlation }: Pair,
  kind: ClusterSums['metric']['kind'],
  critical: number,
) {
  const difference = first.value - second.value
  const [lowA, highA] = findBounds(first, kind, critical)
  const [lowB, highB] = findBounds(second, kind, critical)
  const reach = (x: number, y: number): number =>
    Math.sqrt(Math.max(0, x * x + y * y - 2 * correlation * x * y))
  return {
    low: difference - reach(first.value - lowA, highB - second.value),
    high: difference + reach(highA - first.value, second.value - lowB),
  }
}

const mostSteps = 100

/** The p-value that belongs to those intervals: the level at which one of them just touches zero; NaN without them. */
function findP(pair: Pair, kind: ClusterSums['metric']['kind']): number {
  const difference = pair.first.value - pair.second.value
  if (Number.isNaN(pair.first.variance + pair.second.variance)) return Number.NaN
  if (difference === 0) return 1
  if (kind !== 'share') {
    // Such intervals reach in proportion to their critical value.
    const { high } = boundDifference(pair, kind, 1)
    const reach = high - difference
    return reach > 0 ? studentTwoSided(Math.abs(difference) / reach, pair.degrees) : 0
  }
  // Positive where the interval leaves out zero: the upper side's lower reach against the lower side's upper one.
  const [upper, lower] = difference > 0 ? [pair.first, pair.second] : [pair.second, pair.first]
  const [nUpper, nLower] = [upper.n / upper.designEffect, lower.n / lower.designEffect]
  const spare = (critical: number): number => {
    const x = upper.value - boundOfScore(upper.value, { n: nUpper, critical, towards: -1 })
    const y = boundOfScore(lower.value, { n: nLower, critical, towards: 1 }) - lower.value
    return Math.abs(difference) - Math.sqrt(Math.max(0, x * x + y * y - 2 * pair.correlation * x * y))
  }
  let [inside, outside] = [0, 1]
  let [spareInside, spareOutside] = [Math.abs(difference), spare(1)]
  while (spareOutside > 0) {
    inside = outside
    spareInside = spareOutside
    outside *= 2
    if (outside > 1e6) return 0
    spareOutside = spare(outside)
  }
  // False position that halves the spare of an end that stays twice (the Illinois method; Dowell & Jarratt 1971).
  let critical = outside
  let moved: 'inside' | 'outside' | null = null
  for (let step = 0; step < mostSteps; step++) {
    const next = outside - (spareOutside * (outside - inside)) / (spareOutside - spareInside)
    const isNear = Math.abs(next - critical) <= 1e-13 * next
    critical = next
    if (isNear) break
    const found = spare(critical)
    if (found === 0) break
    if (found > 0) {
      if (moved === 'inside') spareOutside /= 2
      moved = 'inside'
      inside = critical
      spareInside = found
    } else {
      if (moved === 'outside') spareInside /= 2
      moved = 'outside'
      outside = critical
      spareOutside = found
    }
  }
  return studentTwoSided(critical, pair.degrees)
}

/** Of a difference that is there, seen four times in five. */
const powerQuantile = normalQuantile(0.8)

/** What the pair could have shown at a level, and how many images each side would want to show the margin. */
function plan({ first, second, correlation }: Pair, normal: number, margin: number) {
  const wanted = normal + powerQuantile
  const spread = (one: ClusterEstimate): number => one.variance * one.n
  // Sides that share people differ by less than the sum of their variances, however many images there are.
  const join = (x: number, y: number): number => Math.max(0, x + y - 2 * correlation * Math.sqrt(x * y))
  const smallestSeen = wanted * Math.sqrt(join(first.variance, second.variance))
  const neededN = Math.ceil((wanted ** 2 * join(spread(first), spread(second))) / margin ** 2)
  return { smallestSeen, neededN }
}

function listPairs(
  sums: ClusterSums,
  estimates: readonly ClusterEstimate[],
  {
    fewest,
    pairs,
    influences = findInfluences(sums),
  }: Pick<CompareOptions, 'fewest' | 'pairs' | 'influences'>,
): Pair[] {
  const covariances = findCovariances(sums, influences)
  const isJudged = (group: number): boolean => {
    const found = estimates[group]
    return found !== undefined && found.n >= fewest && found.clusters > 1 && !Number.isNaN(found.value)
  }
  const judged = [...estimates.keys()].filter(isJudged)
  const wanted =
    pairs?.filter(([a, b]) => isJudged(a) && isJudged(b)) ??
    judged.flatMap((a, place) => judged.slice(place + 1).map((b) => [a, b] as const))
  return wanted.map(([a, b]): Pair => {
    const [first, second] = [estimates[a]!, estimates[b]!]
    const covariance = covariances[Math.min(a, b) * sums.groups + Math.max(a, b)] ?? 0
    const scale = Math.sqrt(first.variance * second.variance)
    const correlation = scale > 0 ? Math.max(-1, Math.min(1, covariance / scale)) : 0
    return { a, b, first, second, correlation, degrees: joinDegrees(first, second) }
  })
}

/** A variance of 0 says that nobody erred, not that nobody could: it stands at what one half error more would give. */
function smooth(estimate: ClusterEstimate, kind: ClusterSums['metric']['kind']): ClusterEstimate {
  if (kind !== 'share' || estimate.variance > 0) return estimate
  const worth = estimate.n / estimate.designEffect
  const share = Math.min(1, Math.max(0, (estimate.value * worth + 0.5) / (worth + 1)))
  return { ...estimate, variance: (share * (1 - share)) / worth }
}

/**
 * Every pair of groups with enough images, each ending in a verdict: they differ (the corrected interval leaves out zero),
 * are alike within the margin (two one-sided tests at the corrected level, Schuirmann 1987), or the data do not tell. A pair
 * with a side whose variance cannot be told stays outside of the family, and its data do not tell.
 */
export function compareGroups(
  sums: ClusterSums,
  estimates: readonly ClusterEstimate[],
  { margin, correction, alpha = 0.05, ...asked }: CompareOptions,
): Comparison[] {
  const { kind } = sums.metric
  const pairs = listPairs(sums, estimates, asked).map((pair) => ({
    ...pair,
    planned: { ...pair, first: smooth(pair.first, kind), second: smooth(pair.second, kind) },
  }))
  const ps = pairs.map((pair) => findP(pair, kind))
  const corrected = correctFamily(ps, { correction, alpha })
  // Most pairs of a family stand at one level.
  const quantiles = new Map<number, number>()
  const normalAt = (level: number): number => {
    const found = quantiles.get(level) ?? normalQuantile(1 - level / 2)
    quantiles.set(level, found)
    return found
  }
  const criticalAt = (level: number, degrees: number): number =>
    studentCritical(level, degrees, normalAt(level))
  return pairs.map((pair, index) => {
    const { adjusted, level } = corrected[index]!
    const bounds = boundDifference(pair, kind, criticalAt(level, pair.degrees))
    const isAlike = (): boolean => {
      if (Math.abs(pair.first.value - pair.second.value) >= margin) return false
      const inner = boundDifference(pair, kind, criticalAt(2 * level, pair.degrees))
      return inner.low > -margin && inner.high < margin
    }
    return {
      a: pair.a,
      b: pair.b,
      difference: pair.first.value - pair.second.value,
      ...bounds,
      p: ps[index]!,
      adjusted,
      verdict: adjusted <= alpha ? 'differs' : isAlike() ? 'alike' : 'not enough data',
      ...plan(pair.planned, normalAt(level), margin),
    }
  })
}
