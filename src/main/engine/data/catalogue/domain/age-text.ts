import { ageBins, binOfYears, type AgeBin } from '#shared/domain/label-schemes.ts'
import { oldestAgeYears, type ReadValue } from './image-labels.ts'

export interface AgeValue {
  readonly years: number | null
  readonly bin: AgeBin
}

/** March, September and October in the languages whose spreadsheets write these names: of Europe, Turkey and Russia. */
const monthNumbers: readonly (readonly [RegExp, number])[] = [
  [/^mar|^mär|^mrz|^mrt|^mac|^maa|^bře|^мар|^бер|^μαρ/, 3],
  [/^sep|^set|^wrz|^zář|^syy|^eyl|^szep|^сен|^вер|^σεπ/, 9],
  [/^o[ckt]t|^out|^paź|^říj|^lok|^eki|^окт|^жов|^οκτ/, 10],
]

const msPerDay = 24 * 60 * 60 * 1000
/** Day 0 of spreadsheets' count of days, as it holds from March 1900 on. */
const dayZeroMs = Date.UTC(1899, 11, 30)
/** 1990 to 2040: when somebody typed a bin that became a day of that year. */
const serialDays = { from: 32_874, to: 51_500 } as const

/** A date that a spreadsheet shows as its number of days. */
function readSerialDay(text: string): AgeBin | null {
  const days = /^\d{5}$/.test(text) ? Number(text) : Number.NaN
  if (!(days >= serialDays.from && days <= serialDays.to)) return null
  const date = new Date(dayZeroMs + days * msPerDay)
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]
  if ((month === 3 && day === 9) || (month === 9 && day === 3)) return '3-9'
  return month === 10 && (day === 19 || (day === 1 && year === 2019)) ? '10-19' : null
}

const binOfBounds = (from: number, to: number): AgeBin | null =>
  ageBins.find((bin) => bin.from === from && bin.to === to)?.label ?? null

/**
 * Spreadsheets read "3-9" as 3 September or 9 March and "10-19" as October 2019 or 19 October, and write them
 * back as dates in many shapes. Only these two bins can be months and days, so the pair of numbers tells which.
 */
function readSpreadsheetDate(text: string): AgeBin | null {
  const words = text
    .toLowerCase()
    .replaceAll(/[年月日년월일]/g, ' ')
    .replace(/[ t]00:00(?::00(?:\.0+)?)?z?$/, '')
    .split(/[\s./-]+/)
    .filter((word) => word !== '')
  if (words.length < 2 || words.length > 3) return null
  const numbers = words.map(
    (word) =>
      monthNumbers.find(([name]) => name.test(word))?.[1] ??
      (/^\d{1,4}$/.test(word) ? Number(word) : Number.NaN),
  )
  if (numbers.some((number) => Number.isNaN(number))) return null
  const yearAt = words.length === 2 ? -1 : locateYear(numbers)
  const year = numbers[yearAt]
  const dayAndMonth = numbers.filter((_, index) => index !== yearAt)
  const isPair = (a: number, b: number): boolean => dayAndMonth.includes(a) && dayAndMonth.includes(b)
  if (isPair(3, 9)) return '3-9'
  const isOctober2019 = isPair(10, 2019) || (isPair(1, 10) && (year === 2019 || year === 19))
  return isPair(10, 19) || isOctober2019 ? '10-19' : null
}

/** Where the year stands in a date of three numbers: the one of four digits, else the last. */
function locateYear(numbers: readonly number[]): number {
  const four = numbers.findIndex((number) => number > 999)
  return four === -1 ? numbers.length - 1 : four
}

const openEnded =
  /^(?:more than|over|above|older than|>=?)\s*(?:70|69)$|^70\s*(?:\+|plus|and (?:over|above|older))$/

function readBin(text: string): AgeBin | null {
  if (openEnded.test(text.toLowerCase())) return '70+'
  const range = /^\(?(\d{1,2})\s*(?:-|–|—|to|,)\s*(\d{1,3})\)?$/i.exec(text)
  return range === null ? null : binOfBounds(Number(range[1]), Number(range[2]))
}

const missing = new Set(['', 'nan', 'na', 'n/a', 'none', 'null', 'unknown', '-', '?'])
export const isMissingText = (text: string): boolean => missing.has(text.trim().toLowerCase())

/** An age from a label file: whole or fractional years, one of the nine bins, or a bin that became a date. */
export function readAgeText(raw: string): ReadValue<AgeValue> {
  const text = raw.trim()
  if (isMissingText(text)) return { value: null, repair: null }
  const serial = readSerialDay(text)
  if (serial !== null) return restoreBin(raw, serial)
  if (/^\d+(?:\.\d+)?$/.test(text)) return readYears(text)
  const bin = readBin(text)
  if (bin !== null) return { value: { years: null, bin }, repair: null }
  const dated = readSpreadsheetDate(text)
  if (dated !== null) return restoreBin(raw, dated)
  const reason = 'This is neither an age in years nor one of the nine age bins. The label is left missing.'
  return { value: null, repair: { field: 'age', from: raw, to: null, reason } }
}

/** "10.19" in a column of bins is one that a spreadsheet of another country wrote with its point; elsewhere it is years. */
export function readDottedBin(raw: string): ReadValue<AgeValue> | null {
  const text = raw.trim()
  if (/^(?:0?3\.0?9|0?9\.0?3)$/.test(text)) return restoreBin(raw, '3-9')
  return /^(?:10\.19|19\.10)$/.test(text) ? restoreBin(raw, '10-19') : null
}

function restoreBin(raw: string, bin: AgeBin): ReadValue<AgeValue> {
  const reason = `A spreadsheet turned the age bin ${bin} into a date. The bin is restored.`
  return { value: { years: null, bin }, repair: { field: 'age', from: raw, to: bin, reason } }
}

function readYears(text: string): ReadValue<AgeValue> {
  const years = Number(text)
  const bin = binOfYears(years)
  if (years <= oldestAgeYears && bin !== null) return { value: { years, bin }, repair: null }
  const reason = `The age is above ${oldestAgeYears}. The label is left missing.`
  return { value: null, repair: { field: 'age', from: text, to: null, reason } }
}
