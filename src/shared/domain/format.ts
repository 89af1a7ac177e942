import type { Estimate } from '../contract/base.contract.ts'

const counts = new Intl.NumberFormat('en-US')

/** A whole number with thousands separators: "10,954". */
export function formatCount(count: number): string {
  return counts.format(count)
}

const percent = (share: number): string => (share * 100).toFixed(1)

/** A share of 1 as a percentage with one decimal: 0.714 is "71.4%". Only all is "100.0%", and only none is "0.0%". */
export function formatShare(share: number): string {
  if (share < 1 && percent(share) === '100.0') return '>99.9%'
  if (share > 0 && percent(share) === '0.0') return '<0.1%'
  return `${percent(share)}%`
}

/** Bounds of a share; rounding never moves a bound inward onto 0 or 100: "99.9-100.0" where 99.97 is the lower one. */
function formatBounds(low: number, high: number): string {
  const lower = low < 1 && percent(low) === '100.0' ? '99.9' : percent(low)
  const upper = high > 0 && percent(high) === '0.0' ? '0.1' : percent(high)
  return `${lower}-${upper}`
}

/** "71.4% (70.5-72.3), n = 10,954"; without a value only what is known, "not estimated, n = 0". */
export function formatEstimate(estimate: Estimate): string {
  const n = `n = ${formatCount(estimate.n)}`
  if (estimate.value === null) return `not estimated, ${n}`
  const interval =
    estimate.low === null || estimate.high === null ? '' : ` (${formatBounds(estimate.low, estimate.high)})`
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
