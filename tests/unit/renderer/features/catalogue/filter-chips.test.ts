import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkIds } from '#shared/domain/checks.ts'
import { imageStatuses } from '#shared/domain/image-states.ts'
import { describeCaption } from '#renderer/components/tile-words.ts'
import {
  catalogueSearch,
  columnSort,
  hasFilters,
  isSameView,
  sortByColumn,
  toImageFilter,
  toOrdering,
  withoutFilters,
} from '#renderer/features/catalogue/catalogue-search.ts'
import { listChips } from '#renderer/features/catalogue/filter-chips-view.ts'
import { makeFacets, makeTile } from '#tests/component/factories.ts'
import { evaluationId, imageId } from '#shared/contract/base.contract.ts'

const races = fc.constantFrom<string | null>('White', 'Latino_Hispanic', null)
const search = fc
  .record(
    {
      race: fc.uniqueArray(races, { minLength: 1 }),
      status: fc.uniqueArray(fc.constantFrom(...imageStatuses), { minLength: 1 }),
      findings: fc.uniqueArray(fc.constantFrom(...checkIds, 'unchecked' as const, null), {
        minLength: 1,
        maxLength: 4,
      }),
      exclude: fc.record({ gender: fc.uniqueArray(fc.constantFrom('Male', 'Female'), { minLength: 1 }) }),
      identity: fc.integer({ min: 1, max: 9 }),
      split: fc.integer({ min: 1, max: 9 }),
      text: fc.constantFrom('face', ''),
      search: fc.constantFrom('indian age<20', ''),
    },
    { requiredKeys: [] },
  )
  .map((fields) => catalogueSearch.parse(fields))

describe('filters as chips', () => {
  it('show all that narrows the images: whoever takes each of them away sees all', () => {
    fc.assert(
      fc.property(search, (view) => {
        let left = view
        for (let count = listChips(view, undefined).length; count > 0; count--)
          left = listChips(left, undefined)[0]?.without ?? left
        expect(hasFilters(left)).toBe(false)
        expect(listChips(left, undefined)).toEqual([])
      }),
    )
  })

  it('take away one filter and no other', () => {
    const view = catalogueSearch.parse({
      race: ['White', 'Black'],
      exclude: { gender: ['Male'] },
      search: 'x',
    })
    const chips = listChips(view, undefined)
    expect(chips.map(({ text }) => text)).toEqual(['race: White', 'race: Black', 'not gender: Male', 'x'])
    expect(chips.map(({ without }) => toImageFilter(without))).toEqual([
      { race: ['Black'], exclude: { gender: ['Male'] }, search: 'x' },
      { race: ['White'], exclude: { gender: ['Male'] }, search: 'x' },
      { race: ['White', 'Black'], search: 'x' },
      { race: ['White', 'Black'], exclude: { gender: ['Male'] } },
    ])
  })

  it('are named as the facets name them', () => {
    const view = catalogueSearch.parse({ findings: ['blurry', 'unchecked', null] })
    expect(listChips(view, makeFacets()).map(({ text }) => text)).toEqual([
      'finding: Blurry',
      'finding: Not checked',
      'finding: none',
    ])
  })
})

describe('the head of the table', () => {
  it('sorts by a column, then the other way round, and back to the order of import', () => {
    const once = sortByColumn({}, 'path')
    const twice = sortByColumn(once, 'path')
    expect([once, twice, sortByColumn(twice, 'path')].map((view) => toOrdering(view))).toMatchObject([
      { sort: 'path', direction: 'ascending' },
      { sort: 'path', direction: 'descending' },
      { sort: 'path', direction: 'ascending' },
    ])
    expect(sortByColumn(twice, 'id')).toEqual({ sort: undefined, descending: undefined })
  })

  it('sorts by a score where its check is the one finding that is chosen, and by no column without an order', () => {
    expect(columnSort({ findings: ['blurry'] }, 'score:blurry')).toBe('finding')
    expect(columnSort({ findings: ['dark'] }, 'score:blurry')).toBeNull()
    expect(columnSort({}, 'race')).toBeNull()
  })
})

it('A change of looks alone is no step in the history of the window', () => {
  const view = catalogueSearch.parse({ race: ['White'] })
  expect(isSameView(view, { ...view, size: 160, show: ['labels'], columns: ['id'] })).toBe(true)
  expect(isSameView(view, withoutFilters(view))).toBe(false)
  expect(isSameView(view, { ...view, view: 'table' })).toBe(false)
})

it('A caption says what is known and what is not, a line for each kind', () => {
  const tile = {
    ...makeTile(1),
    findings: ['blurry', 'dark'] as const,
    race: 'White',
    gender: null,
    ageYears: 34,
  }
  const answer = { imageId: imageId.parse(1), evaluationId: evaluationId.parse(1), years: null }
  const of = {
    tile: { ...tile, findings: [...tile.findings] },
    part: 'val',
    answers: [
      { ...answer, task: 'age' as const, label: '30-39', years: 33.26 },
      { ...answer, task: 'race' as const, label: 'Latino_Hispanic' },
    ],
  }
  expect(describeCaption(['part', 'labels', 'findings', 'prediction'], of)).toEqual([
    'White · 34',
    'Blurry, Dark',
    'predicted Latino / Hispanic · 33.3',
    'Validation',
  ])
  const bare = {
    tile: { ...of.tile, race: null, ageYears: null, ageBin: null, findings: [] },
    part: null,
    answers: [],
  }
  expect(describeCaption(['labels', 'findings', 'prediction', 'part'], bare)).toEqual([
    'no labels',
    'no finding',
    'no prediction',
    'in no part',
  ])
})
