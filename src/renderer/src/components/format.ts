import type { Estimate } from '#shared/contract/base.contract.ts'

const integer = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

export function formatCount(count: number): string {
  return integer.format(count)
}

/** A share in [0, 1] as "71.4%"; null as an en dash. */
export function formatShare(share: number | null, digits = 1): string {
  return share === null ? '–' : `${(share * 100).toFixed(digits)}%`
}

/** "71.4% (70.5–72.3), n = 10,954"; below the smallest n that carries an estimate only the count. */
export function formatEstimate(estimate: Estimate): string {
  const { value, low, high, n } = estimate
  const count = `n = ${formatCount(n)}`
  if (value === null) return count
  if (low === null || high === null) return `${formatShare(value)}, ${count}`
  return `${formatShare(value)} (${(low * 100).toFixed(1)}–${(high * 100).toFixed(1)}), ${count}`
}

export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${formatCount(bytes)} B`
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`
}

/** Seconds as a person would say them: "8 s", "3 min 20 s", "2 h 5 min". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`
  const hours = Math.floor(minutes / 60)
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
}

/** Units a second, with a digit more where the figure is small. */
export function formatRate(perSecond: number): string {
  return `${perSecond < 10 ? perSecond.toFixed(1) : formatCount(perSecond)}/s`
}

/** Four significant digits, in plain notation where that stays short. */
export function formatFigure(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size < 1e-3 || size >= 1e6) return value.toExponential(2)
  return String(Number(value.toPrecision(4)))
}

const dateTime = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
})

/** An ISO time in the reader's time zone. */
export function formatTime(iso: string): string {
  return dateTime.format(new Date(iso))
}

export function shortenHash(hash: string): string {
  return hash.slice(0, 10)
}

/** A category as a person reads it: data sets write "Latino_Hispanic". */
export function formatCategory(label: string): string {
  return label.replaceAll('_', ' / ')
}

export function pluralise(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`
}
