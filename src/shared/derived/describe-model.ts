import type { Parity } from '../contract/model.contract.ts'
import type { AgeReadOut } from '../domain/age-read-out.ts'
import { formatCount, formatShare } from '../domain/format.ts'

/** How a model answers for the age, in words. */
export function describeAgeReadOut(readOut: AgeReadOut): string {
  switch (readOut) {
    case 'class':
      return 'bins'
    case 'years':
      return 'years'
    case 'expected-years':
      return 'years, expected over 0 to 100'
    default:
      return readOut satisfies never
  }
}

/** "largest difference of logits 2.4e-6, of years 3.8e-6, 100.0% equal answers on 256 images". */
export function describeParity(parity: Parity): string {
  const { images, maxAbsDifference, maxAbsYearsDifference, agreement } = parity
  const years = maxAbsYearsDifference === null ? '' : `, of years ${maxAbsYearsDifference.toExponential(1)}`
  return `largest difference of logits ${maxAbsDifference.toExponential(1)}${years}, ${formatShare(agreement)} equal answers on ${formatCount(images)} images`
}
