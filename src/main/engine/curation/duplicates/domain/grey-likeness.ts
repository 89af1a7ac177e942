/** Contrast below this many grey levels is not stretched: two blank pictures are alike, whatever their grain. */
const leastDeviation = 4

/** Grey levels with mean 0 and deviation 1, so that brightness and contrast do not count: `[pixels]` */
export function standardiseGrey(grey: Uint8Array): Float64Array {
  const mean = grey.reduce((sum, value) => sum + value, 0) / grey.length
  const variance = grey.reduce((sum, value) => sum + (value - mean) ** 2, 0) / grey.length
  const deviation = Math.max(leastDeviation, Math.sqrt(variance))
  return Float64Array.from(grey, (value) => (value - mean) / deviation)
}

/** Root mean square difference of two standardised pictures: 0 for equal ones, 1.41 for unrelated ones. */
export function measureDifference(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += ((a[at] ?? 0) - (b[at] ?? 0)) ** 2
  return Math.sqrt(sum / a.length)
}
