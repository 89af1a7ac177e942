import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pickRank, pickShare } from '#engine/curation/pixels/domain/pick-rank.ts'

describe('the value at a rank', () => {
  it('is the one that sorting puts there, with equal values, in order and in reverse', () => {
    const values = fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true })), {
      minLength: 1,
      maxLength: 80,
    })
    fc.assert(
      fc.property(values, fc.nat(), fc.nat(2), (some, at, order) => {
        // Whole numbers above would bring in a zero of either sign.
        const sorted = Float64Array.from(some, (value) => value + 0).toSorted()
        const given = [Float64Array.from(some), sorted.slice(), sorted.toReversed()][order]
        const rank = at % some.length
        expect(pickRank(given ?? new Float64Array(), rank) + 0).toBe((sorted[rank] ?? 0) + 0)
      }),
    )
  })

  it('of a share is the lower of two, and 0 where there is nothing', () => {
    expect(pickShare(Float64Array.of(4, 1, 3, 2), 0.5)).toBe(2)
    expect(pickShare(new Float64Array(), 0.5)).toBe(0)
  })
})
