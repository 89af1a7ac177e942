import fc from 'fast-check'
import { expect, it } from 'vitest'
import { nameProposal, readProposalName } from '#shared/domain/proposal-key.ts'

const kind = fc.constantFrom('merge', 'split')
const image = fc.integer({ min: 1, max: 2 ** 26 - 1 })

it('names a pair by its images, in either order, and is read back', () => {
  fc.assert(
    fc.property(kind, image, image, (said, one, other) => {
      fc.pre(one !== other)
      const key = nameProposal(said, [one, other])
      expect(Number.isSafeInteger(key)).toBe(true)
      expect(nameProposal(said, [other, one])).toBe(key)
      expect(readProposalName(key)).toEqual({
        kind: said,
        images: [Math.min(one, other), Math.max(one, other)],
      })
    }),
  )
})

it('reads nothing from a number that no pair has', () => {
  // 1 + 0: no image is number 0; 2 * (9 + 5): the smaller one would be the larger.
  expect([1, 2, 2 * (9 + 5)].map(readProposalName)).toEqual([null, null, null])
  expect(() => nameProposal('merge', [4, 4])).toThrow(RangeError)
  expect(() => nameProposal('merge', [4, 2 ** 26])).toThrow(RangeError)
})
