import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { checkIds } from '#shared/domain/checks.ts'
import { readImageSearch, type SearchCondition, type SearchTerm } from '#shared/domain/image-search.ts'
import { identityKinds, imageStatuses } from '#shared/domain/image-states.ts'

const conditions = (text: string): SearchCondition[] => {
  const { terms, problem } = readImageSearch(text)
  if (terms === null) throw new Error(problem.message)
  return terms.map(({ condition }) => condition)
}

it('reads words, fields, comparisons and exclusions', () => {
  expect(readImageSearch('indian age<20 finding:blurry status:removed -dataset:lfw').terms).toEqual([
    { isExcluded: false, condition: { kind: 'words', text: 'indian' } },
    { isExcluded: false, condition: { kind: 'age', ranges: [{ from: 0, to: 20 }], isMissing: false } },
    { isExcluded: false, condition: { kind: 'finding', values: ['blurry'] } },
    { isExcluded: false, condition: { kind: 'status', values: ['removed'] } },
    { isExcluded: true, condition: { kind: 'dataset', values: ['lfw'] } },
  ])
})

test.each([
  ['age:25', { from: 25, to: 26 }],
  ['age:20-29', { from: 20, to: 30 }],
  ['age:20..29', { from: 20, to: 30 }],
  ['age:70+', { from: 70, to: Infinity }],
  ['age<=5', { from: 0, to: 6 }],
  ['age>60', { from: 61, to: Infinity }],
  ['AGE>=60', { from: 60, to: Infinity }],
])('%s is a range of whole years', (text, range) => {
  expect(conditions(text)).toEqual([{ kind: 'age', ranges: [range], isMissing: false }])
})

it('takes none, any and quoted text for what they are', () => {
  expect(conditions('race:none,"none" age:none finding:any finding:none identity:suspect,"suspect"')).toEqual(
    [
      { kind: 'race', values: [null, 'none'] },
      { kind: 'age', ranges: [], isMissing: true },
      { kind: 'finding', values: [] },
      { kind: 'finding', values: [null] },
      { kind: 'identity', kinds: ['suspect'], names: ['suspect'] },
    ],
  )
})

describe('a mistake is told by its place', () => {
  test.each([
    ['race:', 0, 5, 'A value is missing after race:.'],
    ['a finding:blury', 10, 5, '“blury” is no finding. Did you mean blurry?'],
    ['status:gone', 7, 4, '“gone” is no status. Write one of: undecided, kept, removed.'],
    ['"open', 0, 5, 'This quotation mark is never closed.'],
    ['colour:red', 0, 7, 'There is no field “colour”.'],
    ['race<3', 0, 5, 'Only age can be compared by <.'],
    ['age<x', 4, 1, '“x” is no age in years.'],
    ['age:old', 4, 3, '“old” is no age.'],
    ['age:30-20', 4, 5, 'The range 30-20 ends before it starts.'],
    ['dog - cat', 4, 1, 'A minus leaves out what follows it.'],
    ['"a"b', 3, 1, 'Put a blank between two terms.'],
    ['race:a,,b', 0, 7, 'A value is missing after race:.'],
    ['id:12a', 3, 3, '“12a” is no image number.'],
  ])('in %s', (text, position, length, message) => {
    const { problem } = readImageSearch(text)
    expect(problem).toMatchObject({ position, length })
    expect(problem?.message).toContain(message)
  })
})

const quote = (text: string): string => `"${text.replace(/["\\]/g, (mark) => `\\${mark}`)}"`
const someText = fc
  .string({ minLength: 1, maxLength: 12, unit: 'binary' })
  .filter((text) => text.trim() !== '')
const list = <Item>(item: fc.Arbitrary<Item>) => fc.array(item, { minLength: 1, maxLength: 3 })
const orNone = (value: string | null): string => value ?? 'none'

/** A term beside the way to write it. */
const written: fc.Arbitrary<readonly [string, SearchCondition]> = fc.oneof(
  someText.map((text) => [quote(text), { kind: 'words', text }] as const),
  fc
    .tuple(fc.constantFrom('path', 'note', 'dataset'), list(someText))
    .map(([kind, values]) => [`${kind}:${values.map(quote).join()}`, { kind, values }] as const),
  fc
    .tuple(fc.constantFrom('race', 'gender'), list(fc.option(someText, { nil: null })))
    .map(
      ([kind, values]) =>
        [
          `${kind}:${values.map((value) => (value === null ? 'none' : quote(value))).join()}`,
          { kind, values },
        ] as const,
    ),
  list(fc.constantFrom(...imageStatuses)).map(
    (values) => [`status:${values.join()}`, { kind: 'status', values }] as const,
  ),
  list(fc.constantFrom(...checkIds, null)).map(
    (values) => [`finding:${values.map(orNone).join()}`, { kind: 'finding', values }] as const,
  ),
  list(fc.constantFrom('train' as const, 'val' as const, 'test' as const, null)).map(
    (values) => [`part:${values.map(orNone).join()}`, { kind: 'part', values }] as const,
  ),
  list(fc.constantFrom(...identityKinds)).map(
    (kinds) => [`identity:${kinds.join()}`, { kind: 'identity', kinds, names: [] }] as const,
  ),
  list(fc.nat(99_999)).map((ids) => [`id:${ids.join()}`, { kind: 'id', ids }] as const),
)

test('whatever is written is read back', () => {
  const term = fc.tuple(fc.boolean(), written)
  fc.assert(
    fc.property(fc.array(term, { maxLength: 6 }), fc.constantFrom(' ', '\t', '  \n'), (terms, blank) => {
      const text = terms.map(([isExcluded, [one]]) => (isExcluded ? `-${one}` : one)).join(blank)
      const expected: SearchTerm[] = terms.map(([isExcluded, [, condition]]) => ({ isExcluded, condition }))
      expect(readImageSearch(text).terms).toEqual(expected)
    }),
  )
})

test('any text is read, or its mistake lies within it', () => {
  const piece = fc.constantFrom('age', ':', '<', '>=', '"', '-', ',', ' ', 'race', 'x', '\\', '20', 'finding')
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((pieces) => pieces.join('')),
      ),
      (text) => {
        const { problem } = readImageSearch(text)
        if (problem === null) return
        expect(problem.position).toBeGreaterThanOrEqual(0)
        expect(problem.position).toBeLessThan(text.length)
        expect(problem.length).toBeGreaterThan(0)
      },
    ),
  )
})
