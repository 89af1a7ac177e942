import { findMedian } from '#engine/base/kernel/quantiles.ts'
import { logGamma } from '#engine/assessment/metrics/domain/distributions.ts'
import type { Bounded } from './estimate-composition.ts'

/** Chance that either bound of the median lies on its wrong side, at most. */
const tail = 0.025

/** The largest rank, from 1, that the median of `n` lies below by a chance of at most `tail`; 0 where there is none. */
function findRank(n: number): number {
  const whole = logGamma(n + 1) - n * Math.LN2
  let [below, rank] = [0, 0]
  while (rank <= n) {
    below += Math.exp(whole - logGamma(rank + 1) - logGamma(n - rank + 1))
    if (below > tail) return rank
    rank += 1
  }
  return rank
}

/**
 * The median with the narrowest pair of order statistics, of equal ranks from both ends, that holds it in 95 % of samples whatever
 * the distribution (Conover 1999); as `scipy.stats.quantile_test`.
 * @returns no bounds below 6 values, of which no pair does
 */
export function boundMedian(values: readonly number[]): Bounded {
  if (values.length === 0) return { value: null, low: null, high: null }
  const ascending = Float64Array.from(values).sort()
  const rank = findRank(values.length)
  return {
    value: findMedian(values),
    low: rank === 0 ? null : (ascending[rank - 1] ?? null),
    high: rank === 0 ? null : (ascending[values.length - rank] ?? null),
  }
}
