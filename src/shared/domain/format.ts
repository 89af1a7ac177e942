import type { Estimate } from './intervals.ts'

const counts = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** A whole number with thousands separators: "10,954". */
export function formatCount(count: number): string {
  return counts.format(count)
}

/** "once", "twice", "3 times". */
export const countTimes = (count: number): string =>
  count === 1 ? 'once' : count === 2 ? 'twice' : `${formatCount(count)} times`

/** A share of 1 in percent without the sign: 0.714 is "71.4". Only all is "100.0", and only none is "0.0". */
export function formatPercent(share: number, digits = 1): string {
  const text = (share * 100).toFixed(digits)
  const step = 10 ** -digits
  if (share < 1 && Number(text) === 100) return `>${(100 - step).toFixed(digits)}`
  if (share > 0 && Number(text) === 0) return `<${step.toFixed(digits)}`
  return text
}

/** A share of 1 as "71.4%", or a dash where there is none. */
export function formatShare(share: number | null, digits = 1): string {
  return share === null ? '–' : `${formatPercent(share, digits)}%`
}

/** Bounds of a share; rounding never moves a bound inward onto 0 or 100: "99.9-100.0" where 99.97 is the lower one. */
export function formatBounds(low: number, high: number): string {
  const [lower, upper] = [low, high].map((bound) => (bound * 100).toFixed(1))
  return `${low < 1 && lower === '100.0' ? '99.9' : lower}-${high > 0 && upper === '0.0' ? '0.1' : upper}`
}

/** "71.4% (70.5-72.3), n = 10,954"; without a value only what is known, "not estimated, n = 0". */
export function formatEstimate(estimate: Estimate): string {
  const n = `n = ${formatCount(estimate.n)}`
  if (estimate.value === null) return `not estimated, ${n}`
  const interval =
    estimate.low === null || estimate.high === null ? '' : ` (${formatBounds(estimate.low, estimate.high)})`
  return `${formatShare(estimate.value)}${interval}, ${n}`
}

/** "95%", "99.9%". @param confidence in (0, 1) */
export const formatConfidence = (confidence: number): string => `${Number((confidence * 100).toFixed(2))}%`

/** "29.9 years (20-29)": cut, not rounded, so that the years never seem to stand outside their bin. */
export function formatAge(years: number, bin: string): string {
  return `${(Math.floor(years * 10) / 10).toFixed(1)} years (${bin})`
}

/** A number of years with its interval: "5.21 years (4.90-5.52), n = 1,234"; signed where it is a bias. */
export function formatYears(estimate: Estimate, sign: 'signed' | 'unsigned' = 'unsigned'): string {
  const n = `n = ${formatCount(estimate.n)}`
  if (estimate.value === null) return `not estimated, ${n}`
  return `${formatYearsValue(estimate.value, sign)} years${formatYearsBounds(estimate, sign)}, ${n}`
}

/** The same estimate in another unit; `factor` is above 0. */
export function scaleEstimate({ value, low, high, n }: Estimate, factor: number): Estimate {
  const scale = (figure: number | null): number | null => (figure === null ? null : figure * factor)
  return { value: scale(value), low: scale(low), high: scale(high), n }
}

function formatYearsValue(value: number, sign: 'signed' | 'unsigned'): string {
  return `${sign === 'signed' && value > 0 ? '+' : ''}${value.toFixed(2)}`
}

function formatYearsBounds({ low, high }: Estimate, sign: 'signed' | 'unsigned'): string {
  if (low === null || high === null) return ''
  const [from, to] = [formatYearsValue(low, sign), formatYearsValue(high, sign)]
  return sign === 'signed' ? ` (${from} to ${to})` : ` (${from}-${to})`
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
