import { chiSquaredTail } from '#engine/assessment/metrics/domain/distributions.ts'

export interface RankTest {
  /** Corrected for ties. */
  readonly statistic: number
  readonly degrees: number
  readonly p: number
  /** Share of the spread of ranks that the groups explain, in [0, 1] (Tomczak & Tomczak 2014: epsilon squared). */
  readonly epsilonSquared: number
  readonly n: number
}

/**
 * Kruskal and Wallis's test (1952) that groups are drawn from one distribution, by the chi-squared distribution, with the
 * correction for ties; as `scipy.stats.kruskal`.
 * @returns null where fewer than two groups have values, or all values are equal
 */
export function testRanks(groups: readonly (readonly number[])[]): RankTest | null {
  const filled = groups.filter(({ length }) => length > 0)
  const values = filled
    .flatMap((group, index) => group.map((value) => ({ value, index })))
    .sort((a, b) => a.value - b.value)
  const n = values.length
  if (filled.length < 2 || n < 3) return null
  const sums = filled.map(() => 0)
  let ties = 0
  for (let from = 0; from < n;) {
    let to = from
    while (to < n && values[to]!.value === values[from]!.value) to += 1
    const rank = (from + 1 + to) / 2
    for (let at = from; at < to; at++) sums[values[at]!.index]! += rank
    ties += (to - from) ** 3 - (to - from)
    from = to
  }
  const correction = 1 - ties / (n ** 3 - n)
  if (correction <= 0) return null
  const raw = filled.reduce((sum, { length }, index) => sum + sums[index]! ** 2 / length, 0)
  const statistic = Math.max(0, ((12 / (n * (n + 1))) * raw - 3 * (n + 1)) / correction)
  const degrees = filled.length - 1
  return {
    statistic,
    degrees,
    p: chiSquaredTail(statistic, degrees),
    epsilonSquared: Math.min(1, statistic / (n - 1)),
    n,
  }
}
