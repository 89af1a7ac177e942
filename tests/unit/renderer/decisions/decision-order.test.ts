import { describe, expect, it } from 'vitest'
import { imagesOfTarget, withNewest, type DecisionOrder } from '#renderer/decisions/decision-order.ts'

const newest = new Map([
  [1, 7],
  [2, 3],
])
const seen = [
  { imageId: 1, revision: 4 },
  { imageId: 2, revision: 5 },
  { imageId: 3, revision: 0 },
]
const raised = [
  { imageId: 1, revision: 7 },
  { imageId: 2, revision: 5 },
  { imageId: 3, revision: 0 },
]

describe('an order that is sent after others', () => {
  it.each<[string, DecisionOrder['target'], DecisionOrder['target']]>([
    ['images', { images: seen }, { images: raised }],
    [
      'a group',
      { check: 'exact-duplicate', groupId: 1, keep: [1], seen },
      { check: 'exact-duplicate', groupId: 1, keep: [1], seen: raised },
    ],
    ['a group unseen', { check: 'exact-duplicate', groupId: 1 }, { check: 'exact-duplicate', groupId: 1 }],
    ['a query', { query: {}, expectedCount: 3 }, { query: {}, expectedCount: 3 }],
  ])('names %s at the newest revisions that the window knows, and never at older ones', (_, given, sent) => {
    expect(withNewest({ action: 'keep', target: given }, newest)).toEqual({ action: 'keep', target: sent })
  })

  it('is about the images that it names', () => {
    expect(imagesOfTarget({ images: seen })).toEqual(seen)
    expect(imagesOfTarget({ check: 'exact-duplicate', groupId: 1, seen })).toEqual(seen)
    expect(imagesOfTarget({ query: {}, expectedCount: 3 })).toEqual([])
  })
})
