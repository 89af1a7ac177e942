import type { Segments } from './segments.ts'

/** Pixels by the value of their region, largest first; equal ones in the order of reading. */
export function orderPixels({ labels }: Segments, weights: ArrayLike<number>): Uint32Array {
  return Uint32Array.from(labels.keys()).sort(
    (a, b) => (weights[labels[b] ?? 0] ?? 0) - (weights[labels[a] ?? 0] ?? 0) || a - b,
  )
}

/** After each step, how many pixels have turned grey. */
export const planSteps = (pixels: number, steps: number): number[] =>
  Array.from({ length: steps }, (_, step) => Math.min(pixels, Math.ceil(pixels / steps) * (step + 1)))

/** The area under answers of even steps by the trapezoidal rule, over its length: a mean answer. */
export function measureArea(answers: ArrayLike<number>): number {
  let area = 0
  for (let at = 1; at < answers.length; at++) area += ((answers[at - 1] ?? 0) + (answers[at] ?? 0)) / 2
  return answers.length > 1 ? area / (answers.length - 1) : (answers[0] ?? 0)
}

/** How often chance does as well as a map: small areas are good. Never 0, as exact permutation tests have it (Phipson & Smyth 2010). */
export const chanceOf = (area: number, random: readonly number[]): number =>
  (1 + random.filter((other) => other <= area).length) / (1 + random.length)
