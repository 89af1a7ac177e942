import { describeLabels } from '#renderer/components/tile-words.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  catalogueSearch,
  chooseValue,
  excludeValue,
  fromImageView,
  hasFilters,
  toImageFilter,
  toImageView,
  toOrdering,
  withoutFilters,
} from '#renderer/features/catalogue/catalogue-search.ts'
import { describeLabelRecords } from '#renderer/components/image-drawer/detail-view.ts'
import {
  countColumns,
  describeCell,
  isFlight,
  moveCursor,
  noFlight,
  trackFlight,
} from '#renderer/features/catalogue/grid-view.ts'
import {
  firstSight,
  moveSight,
  pageRows,
  pagesOf,
  placeInPage,
} from '#renderer/features/catalogue/page-view.ts'
import {
  addImages,
  countSelected,
  isSelected,
  nothing,
  selectSome,
  toggleImage,
} from '#renderer/features/catalogue/selection.ts'
import { imageId } from '#shared/contract/base.contract.ts'
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
    const once = chooseValue({}, 'race', 'White')
    expect(once).toEqual({ race: ['White'] })
    expect(chooseValue(once, 'race', 'White')).toEqual({ race: undefined })
    expect(chooseValue({}, 'dataset', '2')).toEqual({ datasets: [2] })
  })

  it('leaves a value out by an Alt-click, whatever was chosen, and lets it in by another click', () => {
    const out = excludeValue({ race: ['White', 'Black'] }, 'race', 'White')
    expect(toImageFilter(out)).toEqual({ race: ['Black'], exclude: { race: ['White'] } })
    expect(toImageFilter(excludeValue(out, 'race', 'White'))).toEqual({ race: ['Black'] })
    expect(toImageFilter(chooseValue(out, 'race', 'White'))).toEqual({ race: ['Black'] })
    expect(toImageFilter(excludeValue({}, 'identity', 'none'))).toEqual({ exclude: { identity: ['none'] } })
  })

  it('is given back by the query that was saved of it', () => {
    const search = catalogueSearch.parse({
      findings: ['blurry', null],
      people: ['several'],
      exclude: { status: ['kept'], people: ['suspect'] },
      split: 3,
      parts: ['val', null],
      search: 'age<20',
      sort: 'path',
      descending: true,
      size: 96,
      view: 'table',
      columns: ['id', 'score:blurry'],
    })
    expect(fromImageView(toImageView(search), { size: 96 })).toEqual(search)
  })

  it('orders by score only under one finding', () => {
    expect(toOrdering({ sort: 'finding', findings: ['blurry'] }).sort).toBe('finding')
    expect(toOrdering({ sort: 'finding', findings: ['blurry', 'dark'] }).sort).toBe('id')
    expect(withoutFilters({ sort: 'finding', findings: ['blurry'] }).sort).toBeUndefined()
  })

  it('keeps order and tile size when the filters are cleared', () => {
    const cleared = withoutFilters({ race: ['White'], sort: 'age', size: 96, text: 'x' })
    expect(cleared).toEqual({ sort: 'age', size: 96 })
    expect([hasFilters(cleared), hasFilters({ text: 'x' })]).toEqual([false, true])
  })
})

describe('what is selected', () => {
  const seen = (id: number) => ({ id: imageId.parse(id), revision: id })

  it('is toggled, widened, and replaced by everything', () => {
    const one = toggleImage(nothing, seen(3))
    const three = addImages(one, [seen(4), seen(5)])
    expect(countSelected(three, 100)).toBe(3)
    expect(isSelected(toggleImage(three, seen(4)), imageId.parse(4))).toBe(false)
    expect(countSelected({ kind: 'all' }, 100)).toBe(100)
    expect(toggleImage({ kind: 'all' }, seen(1))).toEqual(selectSome([seen(1)]))
  })
})

describe('the pages that are read', () => {
  it('hold what is in sight first, and nothing beyond the last image', () => {
    fc.assert(
      fc.property(
        fc.nat(100_000),
        fc.nat(400),
        fc.integer({ min: 1, max: 100_000 }),
        fc.boolean(),
        fc.boolean(),
        (first, rows, total, isFlying, isUpwards) => {
          const pages = pagesOf({ first, last: first + rows, isFlying, isUpwards }, total)
          expect(new Set(pages).size).toBe(pages.length)
          for (const page of pages) expect(page * pageRows).toBeLessThan(total)
          const start = Math.min(first, total - 1)
          expect(pages).toContain(placeInPage(start).page)
          expect(pages).toContain(placeInPage(Math.min(first + rows, total - 1)).page)
          expect(pages.slice(0, 1)).toEqual([placeInPage(start).page])
          expect(pages.length).toBeLessThan(15)
        },
      ),
    )
    expect(pagesOf(firstSight, 0)).toEqual([])
  })

  it('are read on both sides of a view at rest; ahead of a flight, and not behind it', () => {
    const still = moveSight(firstSight, { first: 50_000, last: 50_100, isFlying: false })
    expect(pagesOf(still, 100_000)).toEqual([250, 251, 252, 253, 254, 255, 249, 248, 247, 246, 245])
    const down = moveSight(still, { first: 51_000, last: 51_100, isFlying: true })
    expect(pagesOf(down, 100_000)).toEqual(Array.from({ length: 11 }, (_, ahead) => 255 + ahead))
    const up = moveSight(down, { first: 50_000, last: 50_100, isFlying: true })
    expect(pagesOf(up, 100_000)).toEqual(Array.from({ length: 11 }, (_, ahead) => 250 - ahead))
  })

  it('are the same while what is in sight moves within them', () => {
    const before = moveSight(firstSight, { first: 400, last: 450, isFlying: false })
    expect(moveSight(before, { first: 410, last: 460, isFlying: false })).toBe(before)
    expect(moveSight(before, { first: 410, last: 460, isFlying: true })).not.toBe(before)
  })
})

describe('a flight over the grid', () => {
  const follow = (tops: readonly number[], stepMs: number) =>
    tops.reduce(
      (flight, topPx, step) => trackFlight(flight, { topPx, atMs: 1000 + step * stepMs, viewPx: 800 }),
      noFlight,
    )

  it('is a row of steps that each go over most of what is in sight', () => {
    expect(isFlight(follow([0, 800, 1600], 16))).toBe(true)
    expect(isFlight(follow([9000, 8200, 7400], 16))).toBe(true)
  })

  it('is neither the wheel, nor one jump, nor jumps with pauses between them', () => {
    expect(isFlight(follow([0, 100, 200, 300, 400], 16))).toBe(false)
    expect(isFlight(follow([0, 50_000], 16))).toBe(false)
    expect(isFlight(follow([0, 50_000, 90_000], 600))).toBe(false)
    expect(isFlight(follow([0, 800, 1600, 1650], 16))).toBe(false)
  })
})

describe('a cell of the table', () => {
  it('names findings as the queues do', () => {
    expect(describeCell('findings', 'exact-duplicate conflicting-labels')).toBe(
      'Exact duplicate, Conflicting labels',
    )
    expect(describeCell('findings', null)).toBe('')
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
        (key, columns, rows, count, start) => {
          const next = moveCursor({ index: start % count, key, columns, pageRows: rows, count })
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
