import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { groupAlike } from '#engine/curation/decisions/domain/group-alike.ts'
import type { FieldChange } from '#engine/curation/decisions/domain/plan-decision.ts'

const change = (imageId: number, parts: Partial<FieldChange> = {}): FieldChange => ({
  imageId,
  field: 'status',
  checkCode: null,
  from: 'undecided',
  to: 'removed',
  reason: null,
  note: null,
  ...parts,
})

describe('changes put together', () => {
  it('are those of one field to one value, whatever the queue they were made in', () => {
    const changes = [change(1, { checkCode: 5 }), change(2, { to: 'kept' }), change(3, { checkCode: 6 })]
    expect(groupAlike(changes)).toEqual([
      { field: 'status', checkCode: null, to: 'removed', imageIds: [1, 3] },
      { field: 'status', checkCode: null, to: 'kept', imageIds: [2] },
    ])
  })

  it('keep reviews apart by the queue that they close, and no value apart from the text "null"', () => {
    const review = (imageId: number, checkCode: number) =>
      change(imageId, { field: 'review', checkCode, to: 'kept' })
    expect(
      groupAlike([
        review(1, 5),
        review(2, 6),
        review(3, 5),
        change(4, { field: 'race', to: null }),
        change(5, { field: 'race', to: 'null' }),
      ]),
    ).toEqual([
      { field: 'review', checkCode: 5, to: 'kept', imageIds: [1, 3] },
      { field: 'review', checkCode: 6, to: 'kept', imageIds: [2] },
      { field: 'race', checkCode: null, to: null, imageIds: [4] },
      { field: 'race', checkCode: null, to: 'null', imageIds: [5] },
    ])
  })

  it('come to the same as one after another', () => {
    const anyChange = fc
      .record({
        imageId: fc.integer({ min: 1, max: 4 }),
        field: fc.constantFrom('status', 'review', 'race'),
        checkCode: fc.constantFrom(null, 1, 2),
        to: fc.constantFrom('a', 'b', null),
      })
      .map((parts) => change(parts.imageId, parts))
    const apply = (groups: ReturnType<typeof groupAlike>) => {
      const state: Record<string, string | null> = {}
      for (const { field, checkCode, to, imageIds } of groups) {
        for (const id of imageIds) state[`${field} ${field === 'review' ? checkCode : ''} ${id}`] = to
      }
      return state
    }
    fc.assert(
      fc.property(fc.array(anyChange, { maxLength: 20 }), (changes) => {
        const groups = groupAlike(changes)
        const alone = changes.map(({ imageId, ...one }) => ({ ...one, imageIds: [imageId] }))
        expect(apply(groups)).toEqual(apply(alone))
        for (const { imageIds } of groups) expect(new Set(imageIds).size).toBe(imageIds.length)
      }),
    )
  })
})
