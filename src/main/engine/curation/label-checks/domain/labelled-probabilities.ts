/** Given labels beside what a model that never saw the images says of them. */
export interface LabelledProbabilities {
  readonly classes: number
  /** `[images]` index of the given label, in `[0, classes)`. */
  readonly labels: Int32Array
  /** `[images, classes]` row by row; each row adds up to 1. */
  readonly probabilities: Float64Array | Float32Array
}

/** Index of the largest of a row's numbers, the first of equals. */
export function findArgmax(row: Float64Array | Float32Array): number {
  let best = 0
  for (let at = 1; at < row.length; at++) if ((row[at] ?? 0) > (row[best] ?? 0)) best = at
  return best
}

export const rowOf = (
  { probabilities, classes }: Pick<LabelledProbabilities, 'probabilities' | 'classes'>,
  image: number,
): Float64Array | Float32Array => probabilities.subarray(image * classes, (image + 1) * classes)
