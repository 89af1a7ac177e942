import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compareMembers,
  type MemberDifference,
  type SnapshotMember,
} from '#engine/data/snapshots/domain/compare-members.ts'

const member = fc.record({
  imageId: fc.integer({ min: 1, max: 30 }),
  race: fc.constantFrom('White', 'Black', null),
  gender: fc.constantFrom('Female', null),
  ageYears: fc.constantFrom(34, null),
  ageBin: fc.constantFrom('30-39', null),
  identity: fc.constantFrom('1', null),
})
const state = fc
  .uniqueArray(member, { selector: ({ imageId }) => imageId })
  .map((members) => members.toSorted((a, b) => a.imageId - b.imageId))

const apply = (before: readonly SnapshotMember[], differences: readonly MemberDifference[]) => {
  const now = new Map(before.map((one) => [one.imageId, one]))
  for (const { imageId, after } of differences) {
    if (after === null) now.delete(imageId)
    else now.set(imageId, after)
  }
  return [...now.values()].sort((a, b) => a.imageId - b.imageId)
}

describe('the differences of two states', () => {
  it('lead from the one to the other, are in the order of ids, and are as many as counted', () => {
    fc.assert(
      fc.property(state, state, (before, after) => {
        const found: MemberDifference[] = []
        const counts = compareMembers(before, after, (difference) => found.push(difference))
        expect(apply(before, found)).toEqual(after)
        expect(found.map(({ imageId }) => imageId)).toEqual(
          found.map(({ imageId }) => imageId).toSorted((a, b) => a - b),
        )
        expect(counts.added).toBe(found.filter((one) => one.before === null).length)
        expect(counts.removed).toBe(found.filter((one) => one.after === null).length)
        expect(counts.added + counts.removed + counts.changed).toBe(found.length)
      }),
    )
  })

  it('of a state with itself are none', () => {
    fc.assert(
      fc.property(state, (one) => {
        const counts = compareMembers(one, one, () => expect.unreachable())
        expect(counts).toEqual({
          added: 0,
          removed: 0,
          changed: 0,
          byTask: { race: 0, gender: 0, age: 0, identity: 0 },
        })
      }),
    )
  })
})
