export const corrections = ['holm', 'benjamini-hochberg', 'none'] as const
/** Holm for a family declared beforehand, Benjamini-Hochberg for exploration. */
export type Correction = (typeof corrections)[number]

export interface Corrected {
  /** NaN where `p` is: an undefined p-value stands outside of the family. */
  readonly adjusted: number
  /** The level at which the interval of this comparison leaves out zero exactly when it is rejected at `alpha`. */
  readonly level: number
}

/**
 * p-values corrected for their family, in their order, as statsmodels' `multipletests`. Undefined ones leave the family
 * first.
 */
export function correctFamily(
  ps: readonly number[],
  { correction, alpha = 0.05 }: { readonly correction: Correction; readonly alpha?: number },
): Corrected[] {
  const ranked = ps
    .map((p, index) => ({ p, index }))
    .filter(({ p }) => !Number.isNaN(p))
    .toSorted((a, b) => a.p - b.p || a.index - b.index)
  const size = ranked.length
  const out = ps.map((): Corrected => ({ adjusted: Number.NaN, level: alpha }))
  if (correction === 'benjamini-hochberg') {
    // From the largest down; those rejected share one level, that of the false coverage rate (Benjamini & Yekutieli 2005).
    let least = 1
    const adjusted = new Float64Array(size)
    for (let rank = size - 1; rank >= 0; rank--) {
      least = Math.min(least, ((ranked[rank]?.p ?? 1) * size) / (rank + 1))
      adjusted[rank] = least
    }
    const rejected = adjusted.filter((p) => p <= alpha).length
    const level = (alpha * Math.max(1, rejected)) / Math.max(1, size)
    ranked.forEach(({ index }, rank) => {
      out[index] = { adjusted: adjusted[rank] ?? 1, level }
    })
    return out
  }
  let most = 0
  let level = 0
  ranked.forEach(({ p, index }, rank) => {
    const factor = correction === 'none' ? 1 : size - rank
    const isStopped = most > alpha
    most = correction === 'none' ? p : Math.max(most, Math.min(1, p * factor))
    // From the first that is kept on, all stand at its level: Holm's steps as intervals (Serlin 1993).
    if (!isStopped || correction === 'none') level = alpha / factor
    out[index] = { adjusted: most, level }
  })
  return out
}
