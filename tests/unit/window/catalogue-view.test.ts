import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  catalogueSearch,
  excludeValue,
  hasFilters,
  selectedValues,
  toImageFilter,
  toggleValue,
  withFacet,
  withoutFilters,
} from '#renderer/features/catalogue/catalogue-search.ts'
import { describeLabelRecords } from '#renderer/features/catalogue/detail-view.ts'
import { countColumns, describeLabels, moveCursor } from '#renderer/features/catalogue/grid-view.ts'
import { imageFilter } from '#shared/contract/image.contract.ts'

describe('the address of the catalogue', () => {
  it('is forgiven what it cannot mean, value by value', () => {
    expect(catalogueSearch.parse({ race: 'White', sort: 'age', size: 9000, image: -1 })).toEqual({
      sort: 'age',
    })
  })

  it('gives a filter that the engine takes', () => {
    const search = catalogueSearch.parse({
      datasets: [1, 2],
      race: ['White', null],
      identity: 4,
      split: 3,
      parts: ['val'],
      text: 'a',
      sort: 'path',
      image: 5,
    })
    const filter = toImageFilter(search)
    expect(filter).toEqual({
      datasets: [1, 2],
      race: ['White', null],
      identities: [4],
      split: { splitId: 3, parts: ['val'] },
      text: 'a',
    })
    expect(imageFilter.parse(filter)).toEqual(filter)
  })

  it('chooses a value by a click and takes it away by another', () => {
    const once = withFacet({}, 'race', toggleValue([], 'White'))
    expect(once).toEqual({ race: ['White'] })
    expect(withFacet(once, 'race', toggleValue(selectedValues(once, 'race'), 'White'))).toEqual({
      race: undefined,
    })
  })

  it('leaves a value out by an Alt-click, of everything or of what is chosen', () => {
    const all = ['White', 'Black', null]
    expect(excludeValue(all, [], null)).toEqual(['White', 'Black'])
    expect(excludeValue(all, ['White', 'Black'], 'White')).toEqual(['Black'])
  })

  it('keeps order and tile size when the filters are cleared', () => {
    const cleared = withoutFilters({ race: ['White'], sort: 'age', size: 96, text: 'x' })
    expect(cleared).toEqual({ sort: 'age', size: 96 })
    expect([hasFilters(cleared), hasFilters({ text: 'x' })]).toEqual([false, true])
  })
})

describe('the cursor of the grid', () => {
  it('moves by tile, row and page, and stays inside', () => {
    const at = (index: number, key: string) => moveCursor({ index, key, columns: 4, pageRows: 3, count: 30 })
    expect([at(5, 'ArrowRight'), at(5, 'ArrowLeft'), at(5, 'ArrowDown'), at(5, 'ArrowUp')]).toEqual([
      6, 4, 9, 1,
    ])
    expect([at(0, 'ArrowLeft'), at(2, 'ArrowUp'), at(29, 'ArrowRight'), at(28, 'ArrowDown')]).toEqual([
      0, 2, 29, 29,
    ])
    expect([at(5, 'Home'), at(5, 'End'), at(5, 'PageDown'), at(20, 'PageUp'), at(5, 'x')]).toEqual([
      0,
      29,
      17,
      8,
      null,
    ])
  })

  it('never leaves the images, whatever the key', () => {
    const keys = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'PageUp', 'PageDown', 'Home', 'End']
    fc.assert(
      fc.property(
        fc.constantFrom(...keys),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 500 }),
        fc.nat(),
        (key, columns, pageRows, count, start) => {
          const next = moveCursor({ index: start % count, key, columns, pageRows, count })
          expect(next).toBeGreaterThanOrEqual(0)
          expect(next).toBeLessThan(count)
        },
      ),
    )
  })

  it('fills the width with whole tiles and has at least one column', () => {
    expect([
      countColumns(0, 128),
      countColumns(131, 128),
      countColumns(260, 128),
      countColumns(263, 128),
    ]).toEqual([1, 1, 2, 2])
  })
})

describe('words for an image', () => {
  it('say what annotators wrote, never what somebody is', () => {
    expect(describeLabels({ race: 'Latino_Hispanic', gender: 'Male', ageYears: null, ageBin: '20-29' })).toBe(
      'labelled Latino / Hispanic, Male, 20-29',
    )
    expect(describeLabels({ race: null, gender: null, ageYears: null, ageBin: null })).toBe('no labels')
  })

  it('put the label in force first and name its source', () => {
    const record = { task: 'race', sourceFile: 'labels.csv', sourceColumn: 'race', actor: 'ana' } as const
    const lines = describeLabelRecords([
      { ...record, value: 'White', source: 'import', at: '2026-01-01T00:00:00.000Z' },
      { ...record, value: null, source: 'person', at: '2026-02-01T00:00:00.000Z' },
    ])
    expect(lines.map(({ value, provenance }) => [value, provenance.split(',')[0]])).toEqual([
      ['missing', 'changed by ana'],
      ['White', 'labels.csv'],
    ])
  })
})
