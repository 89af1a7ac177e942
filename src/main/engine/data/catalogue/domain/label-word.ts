import { labelSchemes, type LabelScheme } from '#shared/domain/label-schemes.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { writeAge } from './age-label.ts'
import { readAgeText } from './age-text.ts'
import { readGenderText, readRaceText } from './category-text.ts'

/**
 * What a person or another tool wrote for a label, as the catalogue writes it: whatever its case and separators, M and F, bins that
 * became dates. Null where it is no label of the scheme, and where it is empty.
 */
export function readLabelWord(text: string, task: Task, scheme: LabelScheme): string | null {
  if (task === 'race') return readRaceText(text, scheme).value
  if (task === 'gender') return readGenderText(text, scheme).value
  const { value } = readAgeText(text)
  return value === null ? null : writeAge({ ageYears: value.years, ageBin: value.bin })
}

/** The words that a label of the task may be, for those who wrote another. */
export const listLabelWords = (task: Task, scheme: LabelScheme): string =>
  task === 'age'
    ? 'years from 0 to 116 or one of the nine bins, such as 20-29'
    : labelSchemes[scheme][task].join(', ')
