/** Weights of the smoothing that a curve can have; 0 leaves it as it is. */
export const smoothingMarks = [0, 0.3, 0.6, 0.9] as const

/**
 * An exponential moving average that begins at the first value (as TensorBoard's scalars do, by debiasing).
 * @param weight of what came before, from 0 to below 1
 */
export function smooth(values: readonly number[], weight: number): number[] {
  let sum = 0
  let share = 0
  return values.map((value) => {
    sum = sum * weight + (1 - weight) * value
    share = share * weight + (1 - weight)
    return sum / share
  })
}
