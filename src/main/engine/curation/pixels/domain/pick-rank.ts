/**
 * The value that would stand at a place of the values in ascending order (Hoare 1961). Moves them about; none may be NaN.
 * @param rank from 0; 0 is the answer where there is no such place
 */
export function pickRank(values: Float64Array, rank: number): number {
  let [low, high] = [0, values.length - 1]
  while (low < high) {
    const pivot = middleOf(values[low] ?? 0, values[(low + high) >> 1] ?? 0, values[high] ?? 0)
    let [left, right] = [low, high]
    while (left <= right) {
      while ((values[left] ?? 0) < pivot) left += 1
      while ((values[right] ?? 0) > pivot) right -= 1
      if (left > right) break
      const value = values[left] ?? 0
      values[left++] = values[right] ?? 0
      values[right--] = value
    }
    if (rank <= right) high = right
    else if (rank >= left) low = left
    else break
  }
  return values[rank] ?? 0
}

const middleOf = (a: number, b: number, c: number): number =>
  Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))

/** The value at a share of the way from the least to the greatest, the lower of two. Moves the values about. */
export const pickShare = (values: Float64Array, share: number): number =>
  pickRank(values, Math.floor(share * (values.length - 1)))
