import { betaCdf } from './distributions.ts'

/**
 * McNemar's exact test of two systems on the same independent images.
 * @param only images that the first alone, and the second alone, answered right
 * @returns the two-sided p-value; 1 where they never part
 */
export function mcNemar(only: { readonly first: number; readonly second: number }): number {
  const n = only.first + only.second
  const fewer = Math.min(only.first, only.second)
  if (n === 0 || 2 * fewer === n) return 1
  // P(X <= k) of Binomial(n, 1/2) is I_1/2(n - k, k + 1).
  return Math.min(1, 2 * betaCdf(0.5, { a: n - fewer, b: fewer + 1 }))
}
