import type { GroupLabels } from '#shared/contract/fairness.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import { labelSchemes } from '#shared/domain/label-schemes.ts'

export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${formatCount(bytes)} B`
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`
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
  if (size < 1e-4 || size >= 1e6) return value.toExponential(2)
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

/** Labels that join two names, which data sets write with an underscore: "Latino_Hispanic". */
const joinedLabels: ReadonlySet<string> = new Set(
  Object.values(labelSchemes)
    .flatMap(({ race, gender }): readonly string[] => [...race, ...gender])
    .filter((label) => label.includes('_')),
)

/** A category as a person reads it; names of a person's own, as "fair_face", stay as they are. */
export function formatCategory(label: string): string {
  return joinedLabels.has(label) ? label.replaceAll('_', ' / ') : label
}

/** The labels that make a group, as a person reads them. */
export const formatGroup = (group: GroupLabels): string => Object.values(group).map(formatCategory).join(', ')

export function pluralise(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`
}
