/** Forward passes in float64, written from the definitions: no code or formulation is shared with the engine. */

export interface Grid {
  readonly batch: number
  readonly side: number
  readonly inChannels: number
  readonly outChannels: number
  readonly kernel: number
  readonly stride: number
  readonly padding: number
}

const at = (values: readonly number[], index: number): number => values[index] ?? Number.NaN

export const outSide = ({ side, kernel, stride, padding }: Grid): number =>
  Math.floor((side + 2 * padding - kernel) / stride) + 1

/** `x` [batch, in, side, side], `w` [out, in, kernel, kernel] -> [batch, out, outSide, outSide]. */
export function convolve(x: readonly number[], w: readonly number[], grid: Grid): number[] {
  const { batch, side, inChannels, outChannels, kernel, stride, padding } = grid
  const out = outSide(grid)
  const result: number[] = []
  for (let n = 0; n < batch; n++)
    for (let o = 0; o < outChannels; o++)
      for (let oy = 0; oy < out; oy++)
        for (let ox = 0; ox < out; ox++) {
          let sum = 0
          for (let i = 0; i < inChannels; i++)
            for (let ky = 0; ky < kernel; ky++)
              for (let kx = 0; kx < kernel; kx++) {
                const y = oy * stride + ky - padding
                const x2 = ox * stride + kx - padding
                if (y < 0 || x2 < 0 || y >= side || x2 >= side) continue
                sum +=
                  at(x, ((n * inChannels + i) * side + y) * side + x2) *
                  at(w, ((o * inChannels + i) * kernel + ky) * kernel + kx)
              }
          result.push(sum)
        }
  return result
}

/** `x` [batch, channels, pixels], normalised per channel over batch and pixels, epsilon 1e-5. */
export function batchNormalise(
  x: readonly number[],
  options: { scale: readonly number[]; shift: readonly number[]; batch: number; pixels: number },
): number[] {
  const { scale, shift, batch, pixels } = options
  const channels = scale.length
  const indices = (c: number): number[] =>
    Array.from(
      { length: batch * pixels },
      (_, i) => (Math.floor(i / pixels) * channels + c) * pixels + (i % pixels),
    )
  const result = Array.from({ length: x.length }, () => 0)
  for (let c = 0; c < channels; c++) {
    const own = indices(c)
    const mean = own.reduce((sum, i) => sum + at(x, i), 0) / own.length
    const variance = own.reduce((sum, i) => sum + (at(x, i) - mean) ** 2, 0) / own.length
    for (const i of own)
      result[i] = (at(scale, c) * (at(x, i) - mean)) / Math.sqrt(variance + 1e-5) + at(shift, c)
  }
  return result
}

/** 3x3, stride 2, padding 1 over `planes` squares of `side`. */
export function poolMaxima(x: readonly number[], options: { planes: number; side: number }): number[] {
  const { planes, side } = options
  const result: number[] = []
  for (let p = 0; p < planes; p++)
    for (let oy = 0; oy < side / 2; oy++)
      for (let ox = 0; ox < side / 2; ox++) {
        let best = Number.NEGATIVE_INFINITY
        for (let y = Math.max(0, 2 * oy - 1); y <= Math.min(side - 1, 2 * oy + 1); y++)
          for (let x2 = Math.max(0, 2 * ox - 1); x2 <= Math.min(side - 1, 2 * ox + 1); x2++)
            best = Math.max(best, at(x, (p * side + y) * side + x2))
        result.push(best)
      }
  return result
}

/** Mean cross-entropy of logits `[batch, classes]` over items whose label is not -1; 0 without any. */
export function crossEntropy(logits: readonly number[], labels: readonly number[], classes: number): number {
  const labelled = labels.map((label, n) => ({ label, n })).filter(({ label }) => label >= 0)
  const losses = labelled.map(({ label, n }) => {
    const row = logits.slice(n * classes, (n + 1) * classes)
    return Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0)) - at(row, label)
  })
  return labelled.length === 0 ? 0 : losses.reduce((sum, loss) => sum + loss, 0) / labelled.length
}

/** Cross-entropy of logits `[batch, classes]` against a row of `targets` `[classes, classes]` per label, over the sum of the labels' weights. */
export function targetEntropy(
  logits: readonly number[],
  labels: readonly number[],
  { targets, weights }: { targets: readonly number[]; weights: readonly number[] },
): number {
  const classes = weights.length
  let [cost, total] = [0, 0]
  labels.forEach((label, n) => {
    if (label < 0) return
    const row = logits.slice(n * classes, (n + 1) * classes)
    const logSum = Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0))
    row.forEach((value, c) => (cost += at(targets, label * classes + c) * (logSum - value)))
    total += at(weights, label)
  })
  return total === 0 ? 0 : cost / total
}

/** Mean of each known age's loss; ages below 0 are missing. */
export function yearsLoss(
  ages: readonly number[],
  years: readonly number[],
  each: (difference: number) => number,
): number {
  const known = years.flatMap((year, n) => (year < 0 ? [] : [each(at(ages, n) - year)]))
  return known.length === 0 ? 0 : known.reduce((sum, loss) => sum + loss, 0) / known.length
}

/** The expected year of every row of logits `[batch, classes]`. */
export function expectedYears(logits: readonly number[], classes: number): number[] {
  return Array.from({ length: logits.length / classes }, (_, n) => {
    const powers = logits.slice(n * classes, (n + 1) * classes).map(Math.exp)
    const sum = powers.reduce((total, power) => total + power, 0)
    return powers.reduce((total, power, year) => total + (power / sum) * year, 0)
  })
}
