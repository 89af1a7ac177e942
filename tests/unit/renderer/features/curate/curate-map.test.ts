import { describe, expect, it } from 'vitest'
import type { ShortcutReport } from '#shared/contract/shortcut.contract.ts'
import { groupPoints, mapFigure } from '#renderer/features/curate/figures/map-figure.ts'
import { adviseShortcut, describeShortcut } from '#renderer/features/curate/shortcut-words.ts'
import { plotColors } from '#renderer/components/plot/plot-figure.ts'

const points = {
  space: 'face-128',
  madeAt: '2026-05-04T10:00:00.000Z',
  seed: 0,
  isStale: false,
  imageIds: [1, 2, 4, 7],
  x: [0.1, 0.2, 0.4, 0.7],
  y: [1, 2, 4, 7],
}

describe('images on the map', () => {
  const groups = groupPoints(points, {
    values: ['White', null, 'Black'],
    imageIds: [1, 4, 5, 7],
    valueOf: [0, 1, 2, 0],
  })

  it('stand in the groups of their labels; removed ones and ones without a place are left out', () => {
    expect(groups).toEqual([
      { name: 'no label', imageIds: [4], x: [0.4], y: [4] },
      { name: 'White', imageIds: [1, 7], x: [0.1, 0.7], y: [1, 7] },
    ])
  })

  it('are drawn with their numbers, and faint where they are not selected', () => {
    const figure = mapFigure(
      {
        groups,
        coloring: 'race',
        check: 'greyscale',
        drag: 'lasso',
        selected: new Set([7]),
        hasWebGl: false,
      },
      plotColors.light,
    )
    expect(figure.note).toContain('n = 3 images')
    expect(figure.data).toMatchObject([
      { customdata: [4], selectedpoints: [] },
      { customdata: [1, 7], selectedpoints: [1] },
    ])
    expect(figure.table.rows).toEqual([
      [4, 0.4, 4, 'no label'],
      [1, 0.1, 1, 'White'],
      [7, 0.7, 7, 'White'],
    ])
  })
})

describe('the words on shortcuts', () => {
  const shortcut: ShortcutReport['tasks'][number] = {
    task: 'race',
    images: 900,
    labels: ['Black', 'White'],
    chance: 0.5,
    together: { value: 0.812, low: 0.79, high: 0.834, n: 900 },
    isRisk: true,
    properties: [{ name: 'bytes', accuracy: { value: 0.7, low: 0.67, high: 0.73, n: 900 } }],
  }

  it('say how far a label is given away, beside blind guessing, and by what most', () => {
    expect(describeShortcut(shortcut)).toBe(
      'Properties of file and picture give the race label away: 81.2% (79.0-83.4), n = 900, where blind guessing gives 50.0%. A model can learn them in place of the face. Most telling alone: size of the file, 70.0% (67.0-73.0), n = 900.',
    )
    expect(adviseShortcut(shortcut)).toContain('flag rates by race label')
  })

  it('ask for nothing where the properties hardly tell', () => {
    const calm = { ...shortcut, isRisk: false, together: { value: 0.52, low: 0.49, high: 0.55, n: 900 } }
    expect(describeShortcut(calm)).toContain('hardly tell the race label: 52.0% (49.0-55.0), n = 900')
    expect(adviseShortcut(calm)).toBe('Nothing to do.')
  })
})
