import { mapRace, type LabelScheme } from '#shared/domain/label-schemes.ts'

export interface LabelledCopy {
  readonly scheme: LabelScheme
  readonly race: string | null
  readonly gender: string | null
  readonly ageYears: number | null
  readonly ageBin: string | null
}

export interface LabelConflict {
  /** The labels that the copies carry, of the tasks in which they differ. */
  readonly labels: Partial<Record<'race' | 'gender' | 'age', string[]>>
  /** Tasks in which they differ, years apart counted in decades. */
  readonly weight: number
}

const unique = (values: readonly (string | null)[]): string[] =>
  [...new Set(values.filter((value) => value !== null))].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  )

/** Races in one scheme: across schemes only what has a single counterpart can conflict. */
function listRaces(copies: readonly LabelledCopy[]): string[] {
  const schemes = new Set(copies.map(({ scheme }) => scheme))
  if (schemes.size === 1) return unique(copies.map(({ race }) => race))
  return unique(copies.map(({ race, scheme }) => (race === null ? null : mapRace(race, scheme, 'fairface7'))))
}

/** Years where every age is given in years; else bins, since a bin says nothing about years inside it. */
function listAges(copies: readonly LabelledCopy[]): { readonly ages: string[]; readonly apart: number } {
  const aged = copies.filter(({ ageBin, ageYears }) => ageBin !== null || ageYears !== null)
  const years = aged.flatMap(({ ageYears }) => (ageYears === null ? [] : [ageYears]))
  if (years.length < aged.length) {
    const ages = unique(aged.map(({ ageBin }) => ageBin))
    return { ages, apart: ages.length > 1 ? 1 : 0 }
  }
  const apart = years.length === 0 ? 0 : (Math.max(...years) - Math.min(...years)) / 10
  return { ages: unique(years.map(String)), apart }
}

/** In what the labels of copies of one picture differ; null where they agree. A missing label agrees with any. */
export function findConflict(copies: readonly LabelledCopy[]): LabelConflict | null {
  const races = listRaces(copies)
  const genders = unique(copies.map(({ gender }) => gender))
  const { ages, apart } = listAges(copies)
  const labels = {
    ...(races.length > 1 && { race: races }),
    ...(genders.length > 1 && { gender: genders }),
    ...(ages.length > 1 && { age: ages }),
  }
  if (Object.keys(labels).length === 0) return null
  return { labels, weight: Number(races.length > 1) + Number(genders.length > 1) + apart }
}
