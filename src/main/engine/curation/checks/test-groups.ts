import type { Estimate } from '#shared/domain/intervals.ts'

/** Below so many expected on either side the chi-square distribution is no guide (Cochran 1954). */
const leastExpected = 5
const mostSteps = 1000
const tolerance = 1e-15

/** Whether a check flags groups unlike one another, more than chance would. */
export interface GroupTest {
  readonly chiSquare: number
  readonly degrees: number
  readonly p: number
  readonly n: number
  /** Groups too small to stand alone, which were counted as one. */
  readonly pooled: string[]
}

/** Gamma function of a positive multiple of one half. */
function gammaOfHalves(a: number): number {
  let value = Number.isInteger(a) ? 1 : Math.sqrt(Math.PI)
  for (let at = Number.isInteger(a) ? 1 : 0.5; at < a; at++) value *= at
  return value
}

/**
 * Share of the chi-square distribution above a value: the regularised upper incomplete gamma function, by its series and its
 * continued fraction (Press et al. 2007, 6.2).
 */
export function exceedChiSquare(value: number, degrees: number): number {
  const [a, x] = [degrees / 2, value / 2]
  if (x <= 0) return 1
  const front = Math.exp(a * Math.log(x) - x) / gammaOfHalves(a)
  if (x < a + 1) {
    let term = 1 / a
    let sum = term
    for (let step = 1; step < mostSteps && term > sum * tolerance; step++) sum += term *= x / (a + step)
    return Math.max(0, 1 - front * sum)
  }
  let b = x + 1 - a
  let c = Infinity
  let d = 1 / b
  let fraction = d
  for (let step = 1; step < mostSteps; step++) {
    const an = -step * (step - a)
    b += 2
    d = 1 / (an * d + b)
    c = b + an / c
    fraction *= d * c
    if (Math.abs(d * c - 1) < tolerance) break
  }
  return front * fraction
}

interface Counted {
  readonly groups: readonly string[]
  readonly flagged: number
  readonly n: number
}

const join = (one: Counted, other: Counted): Counted => ({
  groups: [...one.groups, ...other.groups],
  flagged: one.flagged + other.flagged,
  n: one.n + other.n,
})

/** Small groups become one, and that takes in the next smallest until it is large enough itself. */
function poolSmall(groups: readonly Counted[], fewest: number): Counted[] {
  const sorted = groups.toSorted((one, other) => one.n - other.n)
  const large = sorted.filter(({ n }) => n >= fewest)
  const [first, ...small] = sorted.filter(({ n }) => n < fewest)
  if (first === undefined) return large
  let pool = small.reduce(join, first)
  while (pool.n < fewest) {
    const next = large.shift()
    if (next === undefined) return [pool]
    pool = join(pool, next)
  }
  return [pool, ...large]
}

/**
 * Pearson's chi-square test that a check flags the groups alike. Images without the label are left out.
 * @param designEffect how many times larger variances are than those of independent images, by which the statistic is divided
 *   (the first-order correction of Rao & Scott 1981)
 * @returns null where fewer than two groups are large enough
 */
export function testGroups(
  rates: readonly { readonly group: string | null; readonly rate: Estimate }[],
  designEffect = 1,
): GroupTest | null {
  const known = rates.flatMap(({ group, rate }): Counted[] =>
    group === null ? [] : [{ groups: [group], flagged: Math.round((rate.value ?? 0) * rate.n), n: rate.n }],
  )
  const n = known.reduce((sum, one) => sum + one.n, 0)
  const flagged = known.reduce((sum, one) => sum + one.flagged, 0)
  const rarer = Math.min(flagged, n - flagged)
  if (rarer === 0) return null
  const pooled = poolSmall(known, (leastExpected * n) / rarer)
  if (pooled.length < 2) return null
  const share = flagged / n
  const ofImages = pooled.reduce(
    (sum, one) => sum + (one.flagged - share * one.n) ** 2 / (one.n * share * (1 - share)),
    0,
  )
  const chiSquare = ofImages / designEffect
  const degrees = pooled.length - 1
  return {
    chiSquare,
    degrees,
    p: exceedChiSquare(chiSquare, degrees),
    n,
    pooled: pooled.flatMap(({ groups }) => (groups.length > 1 ? groups : [])),
  }
}
