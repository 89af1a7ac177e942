import type { Interval } from '#shared/domain/intervals.ts'
import { betaQuantile } from './distributions.ts'

/**
 * Clopper & Pearson's exact interval (1934) for a share of `n` images. Where people repeat, `n` is the number of
 * independent images that the sample is worth and may be fractional (Korn & Graubard 1998).
 * @param successes in [0, n]
 */
export function exactInterval(
  { successes, n }: { readonly successes: number; readonly n: number },
  alpha = 0.05,
): Interval {
  if (!(n > 0) || !(successes >= 0) || successes > n)
    throw new RangeError(`No interval for ${successes} of ${n}`)
  return {
    low: successes === 0 ? 0 : betaQuantile(alpha / 2, { a: successes, b: n - successes + 1 }),
    high: successes === n ? 1 : betaQuantile(1 - alpha / 2, { a: successes + 1, b: n - successes }),
  }
}
