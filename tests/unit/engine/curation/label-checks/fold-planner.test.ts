import { describe, expect, it } from 'vitest'
import type { CurrentLabels, ImageGrouping } from '#engine/curation/label-checks/label-source.repo.ts'
import { createFoldPlanner } from '#engine/curation/label-checks/predict-by-embeddings.ts'

const imageIds = Float64Array.from({ length: 40 }, (_, at) => at + 1)
const grouping = new Map<number, ImageGrouping>(
  Array.from(imageIds, (id) => [
    id,
    {
      imageId: id,
      dataset: 'faces',
      path: `${id}.jpg`,
      fileSha256: `f${id}`,
      pixelSha256: `p${id}`,
      identity: null,
      nearGroup: null,
    },
  ]),
)
const labelAll = (race: string) =>
  new Map<number, CurrentLabels>(
    Array.from(imageIds, (id) => [
      id,
      { imageId: id, race: id % 2 === 0 ? race : 'Black', gender: null, ageBin: null, ageYears: null },
    ]),
  )

describe('the planner of folds', () => {
  it('hands out what another planned from the same images, and plans anew for others', () => {
    const first = createFoldPlanner(0)
    const folds = first.plan(imageIds, { labels: labelAll('White'), grouping })
    expect(new Set(folds)).toEqual(new Set([0, 1, 2, 3, 4]))
    const second = createFoldPlanner(0, first.last())
    expect(second.plan(imageIds, { labels: labelAll('White'), grouping })).toBe(folds)
    expect(second.plan(imageIds, { labels: labelAll('Asian'), grouping })).not.toBe(folds)
    expect(
      createFoldPlanner(1, first.last()).plan(imageIds, { labels: labelAll('White'), grouping }),
    ).not.toBe(folds)
    expect(createFoldPlanner(0).plan(imageIds, { labels: labelAll('White'), grouping })).toEqual(folds)
  })
})
