import { z95, type Estimate } from '#shared/domain/intervals.ts'

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/**
 * Cohen's kappa of two readers with its 95 % interval, from the large-sample standard error of Fleiss, Cohen & Everitt
 * (1969, eq. 13).
 * @param counts `[k, k]` how often the first reader gave the row's answer and the second the column's
 * @returns kappa and bounds in [-1, 1]; null where both always gave one and the same answer, or nothing was read
 */
export function estimateKappa(counts: readonly (readonly number[])[]): Estimate {
  const n = sum(counts.map(sum))
  const none: Estimate = { value: null, low: null, high: null, n }
  if (n === 0) return none
  const rows = counts.map((row) => sum(row) / n)
  const columns = counts.map((_, column) => sum(counts.map((row) => row[column] ?? 0)) / n)
  const share = (row: number, column: number): number => (counts[row]?.[column] ?? 0) / n
  const at = (list: readonly number[], index: number): number => list[index] ?? 0
  const observed = sum(counts.map((_, index) => share(index, index)))
  const expected = sum(rows.map((row, index) => row * at(columns, index)))
  if (expected >= 1) return none
  const kappa = (observed - expected) / (1 - expected)
  const onDiagonal = sum(
    counts.map((_, i) => share(i, i) * (1 - (at(rows, i) + at(columns, i)) * (1 - kappa)) ** 2),
  )
  const offDiagonal = sum(
    counts.flatMap((_, i) =>
      counts.map((__, j) => (i === j ? 0 : share(i, j) * (at(columns, i) + at(rows, j)) ** 2)),
    ),
  )
  const variance =
    (onDiagonal + (1 - kappa) ** 2 * offDiagonal - (kappa - expected * (1 - kappa)) ** 2) /
    (n * (1 - expected) ** 2)
  // Rounding may leave a variance of nothing just below zero.
  const half = z95 * Math.sqrt(Math.max(0, variance))
  return { value: kappa, low: Math.max(-1, kappa - half), high: Math.min(1, kappa + half), n }
}
