import type { Segments } from './segments.ts'

/**
 * Pixels by the value of their region, largest first, region by region.
 * @param weights One value for each region.
 * @param ties One rank for each region, of which no two are equal: regions of one value come in their order, largest first.
 */
export function orderPixels(
  { labels }: Segments,
  weights: ArrayLike<number>,
  ties: ArrayLike<number>,
): Uint32Array {
  const places = new Float64Array(ties.length)
  Array.from(ties, (tie, region) => ({ tie, region, weight: weights[region] ?? 0 }))
    .sort((a, b) => b.weight - a.weight || b.tie - a.tie)
    .forEach(({ region }, place) => void (places[region] = place))
  return Uint32Array.from(labels.keys()).sort(
    (a, b) => (places[labels[a] ?? 0] ?? 0) - (places[labels[b] ?? 0] ?? 0) || a - b,
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
