import { binWidth } from './compare-pairs.ts'
import type { PairHistograms } from './pair-kinds.ts'

/**
 * Distances of pairs as a mixture. Pairs that labels tell apart are of different people. All others are of different people too,
 * `exp(a + b x + c x^2)` times as many at each distance, or of one person, whose distances are normal.
 */
export interface PairMixture {
  /** Estimated pairs of one person. */
  readonly same: number
  /** Of their distances. */
  readonly mean: number
  readonly deviation: number
  /** `[bins]` estimated pairs of different people, those that labels tell apart among them */
  readonly different: Float64Array
  /** Pairs of different people for each that labels tell apart, at a distance. */
  readonly ratioAt: (distance: number) => number
}

/** How the ratio may change with distance: two shapes, since nobody can see which is right where both kinds of pairs mix. */
export const ratioShapes = ['line', 'parabola'] as const
type RatioShape = (typeof ratioShapes)[number]

/** Below the first, pairs are copies of one picture; above the second share of all pairs they tell nothing of the near ones. */
const nearest = 0.2
const farthestShare = 0.04
/** A bin without any pair that labels tell apart is not proof that there is none. */
const smallest = 0.25
/** Times as many. */
const clearExcess = 2
const rounds = 400

/** The normal equations of a parabola, by elimination with pivots. */
function solve3(matrix: readonly number[][], right: readonly number[]): number[] {
  const rows = matrix.map((row, at) => [...row, right[at] ?? 0])
  for (let pivot = 0; pivot < 3; pivot++) {
    const best = [0, 1, 2]
      .filter((row) => row >= pivot)
      .reduce((a, b) => (Math.abs(rows[b]?.[pivot] ?? 0) > Math.abs(rows[a]?.[pivot] ?? 0) ? b : a))
    const [top, other] = [rows[best] ?? [], rows[pivot] ?? []]
    rows[pivot] = top
    rows[best] = other
    for (let row = 0; row < 3; row++) {
      if (row === pivot) continue
      const factor = (rows[row]?.[pivot] ?? 0) / (top[pivot] ?? 1)
      rows[row] = (rows[row] ?? []).map((value, at) => value - factor * (top[at] ?? 0))
    }
  }
  return rows.map((row, at) => (row[3] ?? 0) / (row[at] ?? 1))
}

const normal = (value: number, mean: number, deviation: number): number =>
  Math.exp(-0.5 * ((value - mean) / deviation) ** 2) / (deviation * Math.sqrt(2 * Math.PI))

/**
 * Maximum likelihood by expectation and maximisation, the ratio by Poisson regression (iteratively reweighted least squares) at
 * each step; deterministic.
 *
 * @returns null where labels tell too few pairs apart
 */
export function fitMixture({ apart, open }: PairHistograms, shape: RatioShape): PairMixture | null {
  const total = open.reduce((sum, count) => sum + count, 0)
  const toldApart = apart.reduce((sum, count) => sum + count, 0)
  if (toldApart < 10_000 || total < 10_000) return null
  const first = Math.round(nearest / binWidth)
  let end = first
  for (let sum = 0; end < open.length && sum < total * farthestShare; end++) sum += open[end] ?? 0
  const bins = Array.from({ length: end - first }, (_, at) => first + at)
  if (bins.length < 20) return null
  const middle = (bin: number): number => (bin + 0.5) * binWidth
  const centre = middle(Math.round((first + end) / 2))
  const basis = bins.map((bin) => [1, middle(bin) - centre, (middle(bin) - centre) ** 2])
  const base = bins.map((bin) => Math.max(smallest, apart[bin] ?? 0))
  const seen = bins.map((bin) => open[bin] ?? 0)
  const upper = bins.map((_, at) => at).slice(Math.floor(bins.length * 0.7))
  const sumOf = (values: readonly number[], some: readonly number[]): number =>
    some.reduce((sum, at) => sum + (values[at] ?? 0), 0)
  let tilt = [Math.log(sumOf(seen, upper) / Math.max(1, sumOf(base, upper))), 0, 0]
  const tiltOf = (at: number, of: readonly number[] = basis[at] ?? []): number =>
    Math.exp(tilt.reduce((sum, value, power) => sum + value * (of[power] ?? 0), 0))
  // Begins with the pairs that are far more than those told apart would have: where people repeat, that is what is nearest.
  const tiltAbove = Math.exp(tilt[0] ?? 0)
  const excess = seen.map((count, at) => (count > clearExcess * tiltAbove * (base[at] ?? 0) ? count : 0))
  const allExcess = excess.reduce((sum, count) => sum + count, 0)
  let same = Math.max(1, allExcess)
  let mean =
    allExcess === 0
      ? middle(first)
      : excess.reduce((sum, count, at) => sum + count * middle(bins[at] ?? 0), 0) / allExcess
  let deviation = 0.06
  const shares = new Float64Array(bins.length)
  for (let round = 0; round < rounds; round++) {
    for (let at = 0; at < bins.length; at++) {
      const ours = same * normal(middle(bins[at] ?? 0), mean, deviation) * binWidth
      shares[at] = ours / Math.max(1e-9, ours + tiltOf(at) * (base[at] ?? 0))
    }
    const weights = seen.map((count, at) => count * (shares[at] ?? 0))
    const sum = weights.reduce((all, weight) => all + weight, 0)
    same = Math.max(1e-6, sum)
    if (sum > 1) {
      mean = weights.reduce((all, weight, at) => all + weight * middle(bins[at] ?? 0), 0) / sum
      const square =
        weights.reduce((all, weight, at) => all + weight * (middle(bins[at] ?? 0) - mean) ** 2, 0) / sum
      deviation = Math.min(0.12, Math.max(0.03, Math.sqrt(square)))
    }
    // One step of the regression of what is left on the pairs told apart.
    const matrix = [0, 1, 2].map(() => [0, 0, 0])
    const right = [0, 0, 0]
    for (let at = 0; at < bins.length; at++) {
      const expected = tiltOf(at) * (base[at] ?? 0)
      const residual = (seen[at] ?? 0) * (1 - (shares[at] ?? 0)) - expected
      const row = basis[at] ?? []
      for (let i = 0; i < 3; i++) {
        right[i] = (right[i] ?? 0) + (row[i] ?? 0) * residual
        for (let j = 0; j < 3; j++) {
          const line = matrix[i] ?? []
          line[j] = (line[j] ?? 0) + expected * (row[i] ?? 0) * (row[j] ?? 0)
        }
      }
    }
    if (shape === 'line') {
      matrix[2] = [0, 0, 1]
      right[2] = 0
    }
    const step = solve3(matrix, right)
    tilt = tilt.map((value, power) => value + Math.max(-1, Math.min(1, step[power] ?? 0)))
  }
  const ratioAt = (distance: number): number => {
    const at = Math.min(middle(end - 1), Math.max(middle(first), distance)) - centre
    return 1 + tiltOf(0, [1, at, at ** 2])
  }
  const different = Float64Array.from(apart, (count, bin) =>
    bin < end ? count * ratioAt(middle(bin)) : count + (open[bin] ?? 0),
  )
  return { same, mean, deviation, different, ratioAt }
}
