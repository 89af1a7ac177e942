import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { imageFilter } from '#shared/contract/image.contract.ts'
import { checkIds, type CheckId } from '#shared/domain/checks.ts'
import { readImageSearch } from '#shared/domain/image-search.ts'
import { countFacets } from '#engine/data/catalogue/domain/count-facets.ts'
import { FlagColumn, FlagTest } from '#engine/data/catalogue/domain/flag-column.ts'
import { ImageTable } from '#engine/data/catalogue/domain/image-table.ts'
import { ImageMatcher } from '#engine/data/catalogue/domain/match-images.ts'
import { maskSearch } from '#engine/data/catalogue/domain/search-mask.ts'

/** 70 checks, of which the real ones stand last, beyond the first word of 32. */
const many = [...Array.from({ length: 70 - checkIds.length }, (_, at) => `made-up-${at}`), ...checkIds]
const someNames = fc.uniqueArray(fc.constantFrom(...many), { maxLength: 5 })
const orNull = fc.uniqueArray(fc.option(fc.constantFrom(...many)), { maxLength: 5 })

function fill(rows: readonly (readonly string[])[]): FlagColumn {
  const column = new FlagColumn(many)
  rows.forEach((names, row) => {
    // One row at a time, as a growing table would.
    column.grow(row + 1)
    for (const name of names) column.set(name, row)
  })
  return column
}

describe('flags of more than a word', () => {
  it('pass where a list of names would', () => {
    fc.assert(
      fc.property(fc.array(someNames), orNull, orNull, (rows, wanted, excluded) => {
        const test = new FlagTest(fill(rows), { wanted, excluded })
        const holds = (names: readonly string[], asked: readonly (string | null)[]): boolean =>
          asked.some((one) => (one === null ? names.length === 0 : names.includes(one)))
        expect(rows.map((_, row) => test.passes(row))).toEqual(
          rows.map((names) => (wanted.length === 0 || holds(names, wanted)) && !holds(names, excluded)),
        )
      }),
    )
  })

  it('are counted each by itself, and rows without any at the end', () => {
    fc.assert(
      fc.property(fc.array(someNames), (rows) => {
        const counts = new Uint32Array(many.length + 1)
        const column = fill(rows)
        for (const row of rows.keys()) column.count(row, counts)
        expect([...counts]).toEqual([
          ...many.map((name) => rows.filter((names) => names.includes(name)).length),
          rows.filter((names) => names.length === 0).length,
        ])
      }),
    )
  })

  it('go one by one and leave the others alone', () => {
    fc.assert(
      fc.property(fc.array(someNames), fc.constantFrom(...many), (rows, gone) => {
        const column = fill(rows)
        column.clearAll(gone)
        const left = rows.map((names) => names.filter((name) => name !== gone))
        expect(column.words).toEqual(fill(left).words)
        rows.forEach((_, row) => column.set(gone, row))
        rows.forEach((_, row) => column.clear(gone, row))
        expect(column.words).toEqual(fill(left).words)
      }),
    )
  })

  it('know no name but those of their list', () => {
    expect(() => new FlagColumn(many).mask(['typo'])).toThrow('There is no flag typo')
  })
})

describe('a catalogue of 70 checks', () => {
  const flagged: readonly (readonly CheckId[])[] = [
    [],
    ['greyscale'],
    ['label-age', 'greyscale'],
    ['label-age', 'blurry'],
  ]
  const table = new ImageTable(many)
  for (const [row, checks] of flagged.entries()) {
    table.put({
      id: row + 1,
      datasetId: 1,
      race: null,
      gender: null,
      ageYears: null,
      ageBin: null,
      identityId: null,
      status: 'undecided',
      isIdentitySuspect: false,
    })
    for (const check of checks) table.flag(check, row + 1)
  }
  table.findings.set('made-up-3', 0)
  table.settle()
  const input = (filter: unknown) => ({
    table,
    filter: imageFilter.parse(filter),
    parts: null,
    base: null,
    isStatusSearched: false,
  })
  const match = (filter: unknown): number[] => {
    const matcher = new ImageMatcher(input(filter))
    return [...flagged.keys()].filter((row) => matcher.matches(row))
  }
  const search = (text: string): number[] => {
    const terms = (readImageSearch(text).terms ?? []).map((term) => ({ ...term, images: [], identities: [] }))
    const mask = maskSearch({ table, terms, datasetNames: new Map(), parts: null })
    return [...flagged.keys()].filter((row) => mask[row] === 1)
  }

  it('is filtered by each of them', () => {
    expect(match({ findings: ['label-age'] })).toEqual([2, 3])
    expect(match({ findings: ['label-age', 'greyscale'], exclude: { findings: ['blurry'] } })).toEqual([1, 2])
    expect(match({ findings: [null] })).toEqual([])
    expect(match({ exclude: { findings: ['greyscale', 'blurry'] } })).toEqual([0])
  })

  it('is searched by each of them', () => {
    expect(search('finding:label-age,greyscale')).toEqual([1, 2, 3])
    expect(search('-finding:label-age')).toEqual([0, 1])
    expect(search('finding:any')).toEqual([0, 1, 2, 3])
    expect(search('finding:none')).toEqual([])
  })

  it('counts each of them', () => {
    const { finding } = countFacets({ ...input({ findings: ['blurry'] }), datasetNames: new Map() })
    expect(finding.map(({ value, count }) => [value, count])).toEqual([
      ['greyscale', 2],
      ['blurry', 1],
      ['label-age', 2],
      ['made-up-3', 1],
    ])
  })
})
