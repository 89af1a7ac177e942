/** Quartiles of the logarithm of sqrt(width x height) over a data set. */
export interface SizeRange {
  readonly q1: number
  readonly q3: number
}

/** Tukey's fences with 3 instead of 1.5 (cleanvision). */
const fence = 3
/** Of the logarithm: sets of one size would otherwise call every other size odd. */
const leastSpread = Math.log(1.1)

const logSide = (pixels: number): number => Math.log(Math.max(1, pixels)) / 2

/** @param counts number of images by their pixels */
export function rangeSizes(counts: ReadonlyMap<number, number>): SizeRange {
  const sizes = [...counts].sort(([a], [b]) => a - b)
  const total = sizes.reduce((sum, [, count]) => sum + count, 0)
  const quartile = (share: number): number => {
    let left = share * (total - 1)
    for (const [pixels, count] of sizes) {
      left -= count
      if (left < 0) return logSide(pixels)
    }
    return logSide(sizes.at(-1)?.[0] ?? 1)
  }
  return { q1: quartile(0.25), q3: quartile(0.75) }
}

/** 1 at the middle of the quartiles, 0.5 at the fences, falling with the distance in the logarithm. */
export function scoreSize(pixels: number, { q1, q3 }: SizeRange): number {
  const middle = (q1 + q3) / 2
  const reach = (q3 - q1) / 2 + fence * Math.max(q3 - q1, leastSpread)
  const distance = Math.abs(logSide(pixels) - middle) / reach
  return 1 / (1 + distance)
}
