/** Index of the largest value; the first one where several are equal. */
export function argMax(values: ArrayLike<number>): number {
  let best = 0
  for (let index = 1; index < values.length; index++) {
    if ((values[index] ?? -Infinity) > (values[best] ?? -Infinity)) best = index
  }
  return best
}

/** Probabilities of one row of logits, summing to 1; shifted by the largest so that nothing overflows. */
export function softmax(logits: ArrayLike<number>): number[] {
  const largest = Math.max(...Array.from(logits))
  const weights = Array.from(logits, (logit) => Math.exp(logit - largest))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

/** Natural-log cross-entropy of one row of logits against its class. */
export function crossEntropy(logits: ArrayLike<number>, label: number): number {
  const largest = Math.max(...Array.from(logits))
  let total = 0
  for (let index = 0; index < logits.length; index++) total += Math.exp((logits[index] ?? 0) - largest)
  return Math.log(total) + largest - (logits[label] ?? Number.NaN)
}
