import type { ClusterEstimate } from './cluster-estimates.ts'

/**
 * Empirical Bayes: each figure drawn to the mean of all groups, the more the less its images tell (Morris 1983), with the
 * spread between groups by DerSimonian & Laird (1986). For shares the sampling variance is taken at the mean share, so
 * that a group without an error is not taken for certain.
 * @returns `[groups]`; NaN where a group has no figure
 */
export function shrinkGroups(estimates: readonly ClusterEstimate[], kind: 'share' | 'other'): number[] {
  const usable = estimates.filter(
    ({ value, n, variance }) => n > 0 && !Number.isNaN(value) && !Number.isNaN(variance),
  )
  const images = usable.reduce((sum, { n }) => sum + n, 0)
  const pooled = usable.reduce((sum, { value, n }) => sum + value * n, 0) / images
  const varianceOf = ({ variance, n, designEffect }: ClusterEstimate): number =>
    kind === 'share' ? (designEffect * pooled * (1 - pooled)) / n : variance
  const weighed = usable.map((one) => ({ value: one.value, weight: 1 / varianceOf(one) }))
  if (weighed.length < 3 || weighed.some(({ weight }) => !Number.isFinite(weight))) {
    return estimates.map(({ value }) => value)
  }
  const total = weighed.reduce((sum, { weight }) => sum + weight, 0)
  const mean = weighed.reduce((sum, { weight, value }) => sum + weight * value, 0) / total
  const heterogeneity = weighed.reduce((sum, { weight, value }) => sum + weight * (value - mean) ** 2, 0)
  const squares = weighed.reduce((sum, { weight }) => sum + weight * weight, 0)
  const between = Math.max(0, (heterogeneity - (weighed.length - 1)) / (total - squares / total))
  const centre =
    weighed.reduce((sum, { weight, value }) => sum + value / (1 / weight + between), 0) /
    weighed.reduce((sum, { weight }) => sum + 1 / (1 / weight + between), 0)
  return estimates.map((one) => {
    if (one.n === 0 || Number.isNaN(one.value) || Number.isNaN(one.variance)) return Number.NaN
    const own = varianceOf(one)
    return centre + (between / (between + own)) * (one.value - centre)
  })
}
