import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { estimateProportion, wilsonInterval } from '#shared/domain/intervals.ts'

const golden = z
  .object({
    cases: z.array(z.object({ successes: z.int(), n: z.int(), low: z.number(), high: z.number() })),
  })
  .parse(JSON.parse(readFileSync(new URL('../../../oracles/golden/wilson.json', import.meta.url), 'utf8')))

const counts = fc
  .integer({ min: 1, max: 100_000 })
  .chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)))

describe('the Wilson interval', () => {
  it.each(golden.cases)('of $successes in $n is what statsmodels gives', ({ successes, n, low, high }) => {
    const interval = wilsonInterval(successes, n)
    expect(interval.low).toBeCloseTo(low, 12)
    expect(interval.high).toBeCloseTo(high, 12)
  })

  it('holds the share and stays within 0 and 1', () => {
    fc.assert(
      fc.property(counts, ([successes, n]) => {
        const { low, high } = wilsonInterval(successes, n)
        expect(low).toBeGreaterThanOrEqual(0)
        expect(high).toBeLessThanOrEqual(1)
        expect(low).toBeLessThanOrEqual(successes / n)
        expect(high).toBeGreaterThanOrEqual(successes / n)
      }),
    )
  })

  it('is wider for a larger z, as simultaneous intervals want', () => {
    const single = wilsonInterval(70, 100)
    const simultaneous = wilsonInterval(70, 100, 2.69)
    expect(simultaneous.low).toBeLessThan(single.low)
    expect(simultaneous.high).toBeGreaterThan(single.high)
  })

  it.each([
    [1, 0],
    [-1, 5],
    [6, 5],
    [0.5, 5],
    [Number.NaN, 5],
  ])('is refused for %d of %d', (successes, n) => {
    expect(() => wilsonInterval(successes, n)).toThrow(RangeError)
  })
})

describe('an estimated proportion', () => {
  it('estimates nothing from nothing', () => {
    expect(estimateProportion(0, 0)).toEqual({ value: null, low: null, high: null, n: 0 })
  })

  it('names its value, its interval and its n', () => {
    expect(estimateProportion(87, 100)).toEqual({
      value: 0.87,
      low: expect.closeTo(0.7902, 4),
      high: expect.closeTo(0.9224, 4),
      n: 100,
    })
  })
})
