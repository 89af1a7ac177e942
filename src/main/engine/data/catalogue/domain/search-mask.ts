import { unchecked } from '#shared/domain/image-states.ts'
import type { SearchTerm, YearRange } from '#shared/domain/image-search.ts'
import { ageBins } from '#shared/domain/label-schemes.ts'
import { FlagTest, type FlagColumn, type FlagsAsked } from './flag-column.ts'
import type { CodedColumn, ImageTable } from './image-table.ts'
import { partCodes } from './match-images.ts'

/** A term with what the text index found for it. */
export interface FoundTerm extends SearchTerm {
  readonly images: readonly number[]
  readonly identities: readonly number[]
}

export interface SearchMaskInput {
  readonly table: ImageTable
  readonly terms: readonly FoundTerm[]
  readonly datasetNames: ReadonlyMap<number, string>
  readonly parts: Uint8Array | null
}

/** Words in lower case without accents, as the text index cuts them. */
export const cutWords = (text: string): string[] =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? []

/** The words of `wanted` stand one after another in `text`, the last of them perhaps only begun. */
export function holdsWords(text: string, wanted: string): boolean {
  const words = cutWords(text)
  const sought = cutWords(wanted)
  const last = sought.length - 1
  if (last < 0) return false
  return words.some((_, start) =>
    sought.every((word, index) =>
      index === last ? words[start + index]?.startsWith(word) === true : words[start + index] === word,
    ),
  )
}

type Test = (row: number) => boolean

function testCodes(
  table: ImageTable,
  column: CodedColumn,
  isWanted: (value: string | null) => boolean,
): Test {
  const wanted = table.vocabularies[column].values.map(isWanted)
  const codes = table.codes[column]
  return (row) => wanted[codes[row] ?? 0] === true
}

function testLabel(table: ImageTable, column: 'race' | 'gender', values: readonly (string | null)[]): Test {
  return testCodes(table, column, (label) =>
    values.some((value) => (value === null || label === null ? value === label : holdsWords(label, value))),
  )
}

/** An image with a bin alone fits when its whole bin lies in the range. */
function testAge(table: ImageTable, ranges: readonly YearRange[], isMissing: boolean): Test {
  const isBinIn = testCodes(table, 'age', (label) => {
    const bin = ageBins.find((one) => one.label === label)
    return bin === undefined
      ? isMissing && label === null
      : ranges.some(({ from, to }) => bin.from >= from && (bin.to < to || to === Infinity))
  })
  return (row) => {
    const years = table.ageYears[row] ?? Number.NaN
    return Number.isNaN(years) ? isBinIn(row) : ranges.some(({ from, to }) => years >= from && years < to)
  }
}

function testRows(table: ImageTable, images: readonly number[]): Test {
  const found = new Uint8Array(table.size)
  for (const image of images) {
    const row = table.rowOf(image)
    if (row !== -1) found[row] = 1
  }
  return (row) => found[row] === 1
}

function testIdentities(table: ImageTable, identities: readonly number[]): Test {
  const found = new Set(identities)
  return (row) => found.has(table.identityIds[row] ?? 0)
}

function testFlags(column: FlagColumn, asked: FlagsAsked): Test {
  const test = new FlagTest(column, asked)
  return (row) => test.passes(row)
}

const anyOf =
  (tests: readonly Test[]): Test =>
  (row) =>
    tests.some((test) => test(row))

function testTerm({ condition, images, identities }: FoundTerm, input: SearchMaskInput): Test {
  const { table, datasetNames, parts } = input
  const testDataset = (values: readonly string[]): Test =>
    testCodes(table, 'dataset', (id) =>
      values.some((value) => holdsWords(datasetNames.get(Number(id)) ?? '', value)),
    )
  switch (condition.kind) {
    case 'words':
      return anyOf([
        testRows(table, images),
        testIdentities(table, identities),
        testLabel(table, 'race', [condition.text]),
        testLabel(table, 'gender', [condition.text]),
        testDataset([condition.text]),
      ])
    case 'path':
    case 'note':
    case 'open':
    case 'id':
      return testRows(table, condition.kind === 'id' ? condition.ids : images)
    case 'dataset':
      return testDataset(condition.values)
    case 'race':
    case 'gender':
      return testLabel(table, condition.kind, condition.values)
    case 'age':
      return testAge(table, condition.ranges, condition.isMissing)
    case 'identity':
      return anyOf([
        ...(condition.kinds.length === 0 ? [] : [testFlags(table.identity, { wanted: condition.kinds })]),
        ...(condition.names.length === 0 ? [] : [testIdentities(table, identities)]),
      ])
    case 'status':
      return testCodes(table, 'status', (status) => condition.values.some((value) => value === status))
    case 'finding':
      return testFlags(
        table.findings,
        condition.values.length === 0 ? { excluded: [null, unchecked] } : { wanted: condition.values },
      )
    case 'part':
      return (row) => condition.values.includes(partCodes[parts?.[row] ?? 0] ?? null)
    default:
      return condition satisfies never
  }
}

/** 1 for each row that every term lets through. */
export function maskSearch(input: SearchMaskInput): Uint8Array {
  const { table, terms } = input
  const mask = new Uint8Array(table.size).fill(1)
  for (const term of terms) {
    const test = testTerm(term, input)
    for (let row = 0; row < table.size; row++)
      if (mask[row] === 1 && test(row) === term.isExcluded) mask[row] = 0
  }
  return mask
}
