import { labelSchemes } from '#shared/domain/label-schemes.ts'
import { noLabels, oldestAgeYears, withYears, type ReadLabels, type Repair } from './image-labels.ts'

const { gender: genders, race: races } = labelSchemes.utkface5

const extension = /\.(?:jpe?g|png|webp|gif|tiff?|avif)$/i
const dateDigits = 17

/** `<stem>.jpg.chip.jpg` for aligned crops, `<stem>.jpg` for originals. */
function splitName(fileName: string): { stem: string; hasDot: boolean } {
  const bare = fileName.replace(extension, '').replace(/\.chip$/i, '')
  if (extension.test(bare)) return { stem: bare.replace(extension, ''), hasDot: true }
  // `...357jpg.chip.jpg`: the dot before the first extension is gone.
  const lost = /^(.*\d)jpe?g$/i.exec(bare)
  return lost?.[1] === undefined ? { stem: bare, hasDot: true } : { stem: lost[1], hasDot: false }
}

const leftMissing = (field: Repair['field'], from: string, reason: string): Repair => ({
  field,
  from,
  to: null,
  reason: `${reason} The label is left missing.`,
})

function readAge(piece: string, repairs: Repair[]): number | null {
  const years = /^\d{1,4}$/.test(piece) ? Number(piece) : Number.NaN
  if (years <= oldestAgeYears) return years
  const reason = Number.isNaN(years)
    ? 'The age in the name is not a whole number.'
    : `The age in the name is above ${oldestAgeYears}.`
  repairs.push(leftMissing('age', piece, reason))
  return null
}

function readIndex(
  field: 'gender' | 'race',
  piece: string,
  values: readonly string[],
  repairs: Repair[],
): string | null {
  const value = /^\d$/.test(piece) ? values[Number(piece)] : undefined
  if (value !== undefined) return value
  const legend = values.map((label, index) => `${index} ${label}`).join(', ')
  repairs.push(leftMissing(field, piece, `The ${field} in the name is not one of ${legend}.`))
  return null
}

function checkDate(piece: string, hasDot: boolean, repairs: Repair[]): void {
  const digits = piece.trim()
  const note = (to: string | null, reason: string): void => {
    repairs.push({
      field: 'date',
      from: hasDot ? piece : `${piece}jpg`,
      to,
      reason: `${reason} The labels are readable.`,
    })
  }
  if (!/^\d+$/.test(digits)) note(null, 'The last piece of the name is not a date of 17 digits.')
  else if (digits.length !== dateDigits) {
    note(null, `The date in the name has ${digits.length} digits instead of ${dateDigits}.`)
  } else if (!hasDot) note(`${digits}.jpg`, 'The dot between the date and the extension is missing.')
  else if (digits !== piece) note(digits, 'A space stands after the date in the name.')
}

/**
 * Labels from a UTKFace file name, `age_gender_race_date.jpg.chip.jpg` (Zhang, Song, Qi 2017): gender 0 Male,
 * 1 Female; race 0-4 as in the scheme. Whatever is readable is taken; each oddity is told with its own reason.
 * A name of three pieces that ends in the date lacks the race, as in the three such files of the published set.
 */
export function readUtkfaceName(fileName: string): ReadLabels {
  const { stem, hasDot } = splitName(fileName)
  const pieces = stem.split('_')
  const repairs: Repair[] = []
  const [age = '', gender = '', third = '', fourth] = pieces
  if (pieces.length < 3 || pieces.length > 4 || !/^\d+$/.test(age)) {
    const reason = 'The name does not follow age_gender_race_date. The image is kept without labels.'
    return { labels: noLabels, repairs: [{ field: 'name', from: stem, to: null, reason }] }
  }
  const years = readAge(age, repairs)
  const labels = {
    ...noLabels,
    ...(years === null ? {} : withYears(years)),
    gender: readIndex('gender', gender, genders, repairs),
  }
  if (fourth === undefined) {
    repairs.push({
      field: 'race',
      from: stem,
      to: null,
      reason: 'The race is missing from the name (age_gender_date). The image is kept with its race missing.',
    })
    return { labels, repairs }
  }
  checkDate(fourth, hasDot, repairs)
  return { labels: { ...labels, race: readIndex('race', third, races, repairs) }, repairs }
}
