import { describe, expect, it } from 'vitest'
import { describeGapByChance } from '#shared/derived/describe-fairness.ts'
import { defaultMarginOf } from '#shared/domain/fairness-metrics.ts'

describe('the gap beside chance, in words', () => {
  const gap = { observed: 0.2, expectedByChance: 0.02, highByChance: 0.05, excess: 0.18 }
  const said = (changed: object) =>
    describeGapByChance({
      gap: { ...gap, p: 1 / 3001 },
      unshuffled: [],
      metric: 'accuracy',
      draws: { seed: 1, count: 3000 },
      aggregate: null,
      ...changed,
    })

  it('has the p that was found', () => {
    expect(said({})).toBe(
      'Chance alone would give 2.0 points (95% of the time below 5.0 points); p = 0.00033.',
    )
    expect(said({ gap: { ...gap, p: 0.0421 } })).toContain('p = 0.042.')
  })

  it('names the groups for whose sake it is not told', () => {
    expect(said({ gap: null, unshuffled: [{ race: 'Black' }, { race: 'White' }] })).toContain(
      'of Black; White fewer than half have a counterpart in another group.',
    )
  })
})

describe('what is small enough to be called alike', () => {
  it('is five points of a share, and a year of years', () => {
    expect(defaultMarginOf('accuracy')).toBe(0.05)
    expect(defaultMarginOf('within5')).toBe(0.05)
    expect(defaultMarginOf('meanAbsoluteError')).toBe(1)
    expect(defaultMarginOf('bias')).toBe(1)
    expect(defaultMarginOf('errorSlope')).toBe(0.05)
  })
})
