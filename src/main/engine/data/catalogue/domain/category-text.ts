import { labelSchemes, type LabelScheme } from '#shared/domain/label-schemes.ts'
import { isMissingText } from './age-text.ts'
import type { ReadValue } from './image-labels.ts'
import { lookUp } from '#shared/domain/look-up.ts'

/** "Latino_Hispanic", "latino hispanic" and "Latino-Hispanic" are one label. */
const fold = (text: string): string => text.toLowerCase().replace(/[\s_-]+/g, '')

const genderLetters: Readonly<Record<string, string>> = { m: 'Male', f: 'Female' }

function readCategory(field: 'race' | 'gender', raw: string, scheme: LabelScheme): ReadValue<string> {
  if (isMissingText(raw)) return { value: null, repair: null }
  const labels: readonly string[] = labelSchemes[scheme][field]
  const folded = fold(raw)
  const wanted = field === 'gender' ? fold(lookUp(genderLetters, folded) ?? folded) : folded
  const value = labels.find((label) => fold(label) === wanted)
  if (value !== undefined) return { value, repair: null }
  const reason = `This is not a ${field} label of the scheme ${scheme} (${labels.join(', ')}). The label is left missing.`
  return { value: null, repair: { field, from: raw, to: null, reason } }
}

/** A race label of the scheme, whatever its case and separators. */
export const readRaceText = (raw: string, scheme: LabelScheme): ReadValue<string> =>
  readCategory('race', raw, scheme)

/** A gender label of the scheme; M and F stand for Male and Female. */
export const readGenderText = (raw: string, scheme: LabelScheme): ReadValue<string> =>
  readCategory('gender', raw, scheme)
