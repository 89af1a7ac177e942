/**
 * By linear interpolation between order statistics, as numpy.percentile.
 * @param ascending NaN where it is empty
 * @param share from 0 to 1
 */
export function findQuantile(ascending: ArrayLike<number>, share: number): number {
  const position = share * (ascending.length - 1)
  const below = Math.floor(position)
  const low = ascending[below] ?? NaN
  const high = ascending[Math.min(below + 1, ascending.length - 1)] ?? NaN
  return low + (position - below) * (high - low)
}

/** The middle value, or the mean of both middle ones, which leans to neither side; NaN without values. */
export function findMedian(values: ArrayLike<number>): number {
  const ascending = Float64Array.from(values).sort()
  const last = ascending.length - 1
  return ((ascending[Math.floor(last / 2)] ?? NaN) + (ascending[Math.ceil(last / 2)] ?? NaN)) / 2
}
