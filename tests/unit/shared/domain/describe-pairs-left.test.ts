import { expect, it } from 'vitest'
import { describePairsLeft } from '#shared/domain/describe-identities.ts'

it('tells of pairs that wait behind those skipped', () => {
  expect(describePairsLeft({ open: 0, skipped: 0 })).toBe('No pair wants a person.')
  expect(describePairsLeft({ open: 1, skipped: 1 })).toBe('No other pair wants a person; 1 pair was skipped.')
  expect(describePairsLeft({ open: 350, skipped: 200 })).toBe(
    '200 pairs were skipped, and 150 more want a person: answer some of the skipped ones to see others.',
  )
})
