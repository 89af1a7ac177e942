import type { Interval } from './intervals.ts'

/** Beyond it nobody is. */
const oldest = 120

interface AgeLabels {
  readonly ageYears: number | null
  readonly ageBin: string | null
}

/** Years that a label allows, both ends included; null without one. */
export function readAgeRange({ ageYears, ageBin }: AgeLabels): { from: number; to: number } | null {
  if (ageYears !== null) return { from: ageYears, to: ageYears }
  const [first, last] = /^(\d+)(?:-(\d+)|\+)$/.exec(ageBin ?? '')?.slice(1) ?? []
  return first === undefined ? null : { from: Number(first), to: last === undefined ? oldest : Number(last) }
}

/** Least and most years between the ages that two images are labelled with; null where one has no label. */
export function countYearsApart(one: AgeLabels, other: AgeLabels): Interval | null {
  const [a, b] = [readAgeRange(one), readAgeRange(other)]
  if (a === null || b === null) return null
  return {
    low: Math.max(0, a.from - b.to, b.from - a.to),
    high: Math.max(a.to - b.from, b.to - a.from),
  }
}
