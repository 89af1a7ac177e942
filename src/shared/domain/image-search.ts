import { checkIds, type CheckId } from './checks.ts'
import {
  findingValues,
  identityKinds,
  imageStatuses,
  type IdentityKind,
  type ImageStatus,
  type unchecked,
} from './image-states.ts'
import { lookUp } from './look-up.ts'

/** Years from `from` up to but without `to`. */
export interface YearRange {
  readonly from: number
  readonly to: number
}

/** What one term asks for; values of a term are joined by or, null stands for "missing". */
export type SearchCondition =
  /** Words that start with these, in file names, identities, labels, data sets or notes. */
  | { readonly kind: 'words'; readonly text: string }
  | { readonly kind: 'path' | 'note' | 'dataset'; readonly values: readonly string[] }
  | { readonly kind: 'race' | 'gender'; readonly values: readonly (string | null)[] }
  | { readonly kind: 'age'; readonly ranges: readonly YearRange[]; readonly isMissing: boolean }
  | { readonly kind: 'identity'; readonly kinds: readonly IdentityKind[]; readonly names: readonly string[] }
  | { readonly kind: 'status'; readonly values: readonly ImageStatus[] }
  /** An empty list stands for any finding. */
  | { readonly kind: 'finding'; readonly values: readonly (CheckId | typeof unchecked | null)[] }
  /** What waits for a decision in the queues of these checks; an empty list stands for any queue. */
  | { readonly kind: 'open'; readonly values: readonly CheckId[] }
  | { readonly kind: 'part'; readonly values: readonly (SearchPart | null)[] }
  | { readonly kind: 'id'; readonly ids: readonly number[] }

export type SearchPart = 'train' | 'val' | 'test'

export interface SearchTerm {
  /** With a minus before it: images that fit are left out. */
  readonly isExcluded: boolean
  readonly condition: SearchCondition
}

export interface SearchProblem {
  /** Says what is wrong and what to write instead. */
  readonly message: string
  /** The first character at fault, from 0, and how many there are. */
  readonly position: number
  readonly length: number
}

export type SearchReading =
  | { readonly terms: readonly SearchTerm[]; readonly problem: null }
  | { readonly terms: null; readonly problem: SearchProblem }

export const searchFields = [
  'race',
  'gender',
  'age',
  'dataset',
  'identity',
  'status',
  'finding',
  'open',
  'part',
  'path',
  'note',
  'id',
] as const
type SearchField = (typeof searchFields)[number]

const fieldNames: Readonly<Record<string, SearchField>> = Object.fromEntries(
  searchFields.map((field) => [field, field]),
)
const parts = ['train', 'val', 'test'] as const

class SearchSyntaxError extends Error {
  readonly problem: SearchProblem

  constructor(message: string, span: Span) {
    super(message)
    this.problem = { message, position: span.start, length: Math.max(1, span.end - span.start) }
  }
}

interface Span {
  readonly start: number
  readonly end: number
}

interface Value extends Span {
  readonly text: string
  /** Quoted text is taken literally: "none" in quotes is a word. */
  readonly isQuoted: boolean
}

const isSpace = (character: string | undefined): boolean => character !== undefined && /\s/.test(character)

/** Reads one value up to a blank or a comma; quotes hold both, and a backslash takes the next character as it is. */
function readValue(text: string, start: number): Value {
  if (text[start] !== '"') {
    let end = start
    while (end < text.length && !isSpace(text[end]) && text[end] !== ',') end++
    return { text: text.slice(start, end), isQuoted: false, start, end }
  }
  let read = ''
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '"') return { text: read, isQuoted: true, start, end: at + 1 }
    if (text[at] === '\\' && at + 1 < text.length) at++
    read += text[at] ?? ''
  }
  throw new SearchSyntaxError('This quotation mark is never closed. Close it with another one.', {
    start,
    end: text.length,
  })
}

/** Values joined by commas. */
function readValues(text: string, start: number, field: Span & { readonly name: string }): Value[] {
  const values: Value[] = []
  for (let at = start; ; at++) {
    const value = readValue(text, at)
    if (value.text === '') {
      throw new SearchSyntaxError(`A value is missing after ${field.name}.`, {
        start: field.start,
        end: Math.max(value.end, field.end),
      })
    }
    values.push(value)
    at = value.end
    if (text[at] !== ',') return values
  }
}

/** The choice that shares most pairs of letters with the text (Dice's coefficient). */
function nearest(text: string, choices: readonly string[]): string {
  const pairsOf = (word: string): Set<string> =>
    new Set(Array.from({ length: word.length - 1 }, (_, at) => word.slice(at, at + 2)))
  const given = pairsOf(text)
  const likeness = (choice: string): number => {
    const pairs = pairsOf(choice)
    const shared = [...pairs].filter((pair) => given.has(pair)).length
    return (2 * shared) / Math.max(1, pairs.size + given.size)
  }
  return choices.toSorted((a, b) => likeness(b) - likeness(a))[0] ?? ''
}

function oneOf<const Choice extends string>(value: Value, choices: readonly Choice[], field: string): Choice {
  const found = choices.find((choice) => choice === value.text.toLowerCase())
  if (found !== undefined) return found
  const advice =
    choices.length <= 6
      ? `Write one of: ${choices.join(', ')}.`
      : `Did you mean ${nearest(value.text.toLowerCase(), choices)}?`
  throw new SearchSyntaxError(`“${value.text}” is no ${field}. ${advice}`, value)
}

const isNone = (value: Value): boolean => !value.isQuoted && value.text.toLowerCase() === 'none'
const isAny = (value: Value): boolean => !value.isQuoted && value.text.toLowerCase() === 'any'

/** "25", "20-29", "70+". */
function readYears(value: Value): YearRange {
  const match = /^(\d{1,3})(?:(\+)|(?:-|\.\.)(\d{1,3}))?$/.exec(value.text)
  if (match === null)
    throw new SearchSyntaxError(
      `“${value.text}” is no age. Write years as 25, 20-29 or 70+, compare as in age<20, or write none.`,
      value,
    )
  const from = Number(match[1])
  if (match[2] !== undefined) return { from, to: Infinity }
  const last = match[3] === undefined ? from : Number(match[3])
  if (last < from) throw new SearchSyntaxError(`The range ${value.text} ends before it starts.`, value)
  return { from, to: last + 1 }
}

const comparisons = {
  '<': (years) => ({ from: 0, to: years }),
  '<=': (years) => ({ from: 0, to: years + 1 }),
  '>': (years) => ({ from: years + 1, to: Infinity }),
  '>=': (years) => ({ from: years, to: Infinity }),
} as const satisfies Record<string, (years: number) => YearRange>

function readNumber(value: Value, of: string): number {
  if (/^\d{1,9}$/.test(value.text)) return Number(value.text)
  throw new SearchSyntaxError(`“${value.text}” is no ${of}. Write a whole number.`, value)
}

function readField(field: SearchField, values: readonly Value[]): SearchCondition {
  const texts = values.map(({ text }) => text)
  switch (field) {
    case 'path':
    case 'note':
    case 'dataset':
      return { kind: field, values: texts }
    case 'race':
    case 'gender':
      return { kind: field, values: values.map((value) => (isNone(value) ? null : value.text)) }
    case 'age':
      return {
        kind: 'age',
        ranges: values.filter((value) => !isNone(value)).map(readYears),
        isMissing: values.some(isNone),
      }
    case 'identity': {
      const kindOf = (value: Value) =>
        value.isQuoted ? undefined : identityKinds.find((kind) => kind === value.text.toLowerCase())
      return {
        kind: 'identity',
        kinds: values.map(kindOf).filter((kind) => kind !== undefined),
        names: values.filter((value) => kindOf(value) === undefined).map(({ text }) => text),
      }
    }
    case 'status':
      return values.some(isAny)
        ? { kind: 'status', values: [...imageStatuses] }
        : { kind: 'status', values: values.map((value) => oneOf(value, imageStatuses, 'status')) }
    case 'finding':
      return values.some(isAny)
        ? { kind: 'finding', values: [] }
        : {
            kind: 'finding',
            values: values.map((value) => (isNone(value) ? null : oneOf(value, findingValues, 'finding'))),
          }
    case 'open':
      return {
        kind: 'open',
        values: values.some(isAny) ? [] : values.map((value) => oneOf(value, checkIds, 'check')),
      }
    case 'part':
      return {
        kind: 'part',
        values: values.map((value) => (isNone(value) ? null : oneOf(value, parts, 'part'))),
      }
    case 'id':
      return { kind: 'id', ids: values.map((value) => readNumber(value, 'image number')) }
    default:
      return field satisfies never
  }
}

function readTerm(text: string, start: number): { readonly term: SearchTerm; readonly end: number } {
  const isExcluded = text[start] === '-'
  const from = isExcluded ? start + 1 : start
  if (isExcluded && (from === text.length || isSpace(text[from])))
    throw new SearchSyntaxError('A minus leaves out what follows it. Write a term right after it.', {
      start,
      end: from,
    })
  const head = /^([A-Za-z]+)(<=|>=|[:<>])/.exec(text.slice(from))
  if (head === null) {
    const value = readWord(text, from)
    return { term: { isExcluded, condition: { kind: 'words', text: value.text } }, end: value.end }
  }
  const [whole, name = '', operator = ':'] = head
  const span = { start: from, end: from + whole.length, name: whole }
  const field = lookUp(fieldNames, name.toLowerCase())
  if (field === undefined)
    throw new SearchSyntaxError(
      `There is no field “${name}”. Fields are ${searchFields.join(', ')}; put text with this sign in quotation marks.`,
      span,
    )
  const values = readValues(text, span.end, span)
  const end = values.at(-1)?.end ?? span.end
  if (operator === ':') return { term: { isExcluded, condition: readField(field, values) }, end }
  return { term: { isExcluded, condition: compareYears({ field, operator, values, span }) }, end }
}

/** Unlike a field's value, a word may hold commas. */
function readWord(text: string, start: number): Value {
  if (text[start] === '"') {
    const value = readValue(text, start)
    if (value.text.trim() === '')
      throw new SearchSyntaxError('There is nothing between these quotation marks.', value)
    return value
  }
  let end = start
  while (end < text.length && !isSpace(text[end])) end++
  return { text: text.slice(start, end), isQuoted: false, start, end }
}

interface Comparison {
  readonly field: SearchField
  readonly operator: string
  readonly values: readonly Value[]
  readonly span: Span
}

function compareYears({ field, operator, values, span }: Comparison): SearchCondition {
  const compare = Object.entries(comparisons).find(([sign]) => sign === operator)?.[1]
  const [value] = values
  if (field !== 'age' || compare === undefined)
    throw new SearchSyntaxError(`Only age can be compared by ${operator}. Write ${field}: and a value.`, span)
  if (value === undefined || values.length > 1)
    throw new SearchSyntaxError('An age is compared with one number.', span)
  return { kind: 'age', ranges: [compare(readNumber(value, 'age in years'))], isMissing: false }
}

/**
 * Reads a search such as `indian age<20 finding:blurry status:removed -dataset:lfw`. Terms are joined by and, values
 * within a term (by commas) by or; a minus before a term leaves out what fits it. The first mistake is told by its place.
 */
export function readImageSearch(text: string): SearchReading {
  const terms: SearchTerm[] = []
  try {
    for (let at = 0; at < text.length;) {
      if (isSpace(text[at])) {
        at++
        continue
      }
      const { term, end } = readTerm(text, at)
      terms.push(term)
      if (end < text.length && !isSpace(text[end]))
        throw new SearchSyntaxError('Put a blank between two terms.', { start: end, end: end + 1 })
      at = end
    }
  } catch (error) {
    if (error instanceof SearchSyntaxError) return { terms: null, problem: error.problem }
    throw error
  }
  return { terms, problem: null }
}
