import type { Estimate } from '../contract/base.contract.ts'

const counts = new Intl.NumberFormat('en-US')

/** A whole number with thousands separators: "10,954". */
export function formatCount(count: number): string {
  return counts.format(count)
}

/** A share of 1 as a percentage with one decimal: 0.714 is "71.4%". */
export function formatShare(share: number): string {
  return `${(share * 100).toFixed(1)}%`
}

/** "71.4% (70.5-72.3), n = 10,954"; without a value only what is known, "not estimated, n = 0". */
export function formatEstimate(estimate: Estimate): string {
  const n = `n = ${formatCount(estimate.n)}`
  if (estimate.value === null) return `not estimated, ${n}`
  const interval =
    estimate.low === null || estimate.high === null
      ? ''
      : ` (${(estimate.low * 100).toFixed(1)}-${(estimate.high * 100).toFixed(1)})`
  return `${formatShare(estimate.value)}${interval}, ${n}`
}

/** Seconds in the two largest units that matter: "45 s", "3 min 20 s", "2 h 5 min". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return joinUnits(`${minutes} min`, whole % 60, 's')
  return joinUnits(`${Math.floor(minutes / 60)} h`, minutes % 60, 'min')
}

function joinUnits(larger: string, smaller: number, unit: string): string {
  return smaller === 0 ? larger : `${larger} ${smaller} ${unit}`
}
