import { oldestAgeYears } from './image-labels.ts'
import { ageBinLabels, binOfYears, type AgeBin } from '#shared/domain/label-schemes.ts'

export interface AgeLabel {
  readonly ageYears: number | null
  readonly ageBin: AgeBin | null
}

export const noAge: AgeLabel = { ageYears: null, ageBin: null }

/** Years where they are known, else the bin: the text that stands for an age in histories and files. */
export const writeAge = ({ ageYears, ageBin }: { ageYears: number | null; ageBin: string | null }) =>
  ageYears === null ? ageBin : String(ageYears)

/** Years derive the bin; a bin has no years. Null for a text that is neither. */
export function readAge(text: string): AgeLabel | null {
  const bin = ageBinLabels.find((label) => label === text)
  if (bin !== undefined) return { ageYears: null, ageBin: bin }
  if (!/^\d{1,3}(?:\.\d+)?$/.test(text)) return null
  const ageYears = Number(text)
  return ageYears > oldestAgeYears ? null : { ageYears, ageBin: binOfYears(ageYears) }
}
