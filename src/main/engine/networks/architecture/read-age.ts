import { expectedYearsCount, indexOfYears, type AgeReadOut } from '#shared/domain/age-read-out.ts'
import { ageBinLabels } from '#shared/domain/label-schemes.ts'
import { argMax, softmax } from './softmax.ts'

export interface AgeAnswer {
  /** Index of the bin: that of the years where the model gives years, else the most probable one. */
  readonly bin: number
  /** As the model gives them, also below 0 or above 100; null for a model of bins, which gives none. */
  readonly years: number | null
  /** `[9]`, summing to 1; null where the model gives the years alone. */
  readonly probabilities: readonly number[] | null
}

/** Numbers that an age head gives per image. */
export function countAgeNumbers(readOut: AgeReadOut): number {
  switch (readOut) {
    case 'class':
      return ageBinLabels.length
    case 'years':
      return 1
    case 'expected-years':
      return expectedYearsCount
    default:
      return readOut satisfies never
  }
}

/** The age in years of a head in years; `numbers` is `[1]` or `[101]`. */
export function readYears(numbers: ArrayLike<number>, readOut: Exclude<AgeReadOut, 'class'>): number {
  if (readOut === 'years') return numbers[0] ?? Number.NaN
  return softmax(numbers).reduce((sum, probability, years) => sum + probability * years, 0)
}

function addUpBins(yearProbabilities: readonly number[]): number[] {
  const bins = ageBinLabels.map(() => 0)
  yearProbabilities.forEach((probability, years) => {
    const bin = indexOfYears(years)
    bins[bin] = (bins[bin] ?? 0) + probability
  })
  return bins
}

/**
 * The answer of one image from the numbers of its age head: `[9]`, `[1]` or `[101]` by read-out.
 * Throws a RangeError for years that are no finite number.
 */
export function readAge(numbers: ArrayLike<number>, readOut: AgeReadOut): AgeAnswer {
  if (readOut === 'class') {
    return { bin: argMax(numbers), years: null, probabilities: softmax(numbers) }
  }
  const years = readYears(numbers, readOut)
  const probabilities = readOut === 'years' ? null : addUpBins(softmax(numbers))
  return { bin: indexOfYears(years), years, probabilities }
}
