import { ageBinLabels, binOfYears } from './label-schemes.ts'

/**
 * How a model's age head is read: as bins; as the years themselves, one number; or as logits over the years 0 to 100,
 * whose expectation is the age (DEX: Rothe, Timofte & Van Gool 2018).
 */
export const ageReadOuts = ['class', 'years', 'expected-years'] as const
export type AgeReadOut = (typeof ageReadOuts)[number]

/** Years that a head read as `expected-years` knows: 0 to 100. */
export const expectedYearsCount = 101

type AgeTarget =
  { readonly target: 'bins' } | { readonly target: 'years'; readonly readOut: Exclude<AgeReadOut, 'class'> }

export function findAgeReadOut(age: AgeTarget): AgeReadOut {
  return age.target === 'bins' ? 'class' : age.readOut
}

/**
 * Index of the bin that predicted years fall into, as labelled years do: 29.6 stands in 20-29. Years below 0 stand in
 * the first bin. Throws a RangeError for what is no finite number.
 */
export function indexOfYears(years: number): number {
  const bin = binOfYears(Math.max(0, years))
  if (bin === null) throw new RangeError(`${years} is no age`)
  return ageBinLabels.indexOf(bin)
}
