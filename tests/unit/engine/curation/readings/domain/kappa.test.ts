import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { estimateKappa } from '#engine/curation/readings/domain/kappa.ts'

const golden = z
  .object({
    cases: z.array(
      z.object({ counts: z.array(z.array(z.int())), value: z.number(), low: z.number(), high: z.number() }),
    ),
  })
  .parse(
    JSON.parse(readFileSync(join(import.meta.dirname, '../../../../../oracles/golden/kappa.json'), 'utf8')),
  )

describe("Cohen's kappa", () => {
  it.each(golden.cases)(
    'of $counts equals statsmodels, interval included',
    ({ counts, value, low, high }) => {
      const kappa = estimateKappa(counts)
      expect(kappa.value).toBeCloseTo(value, 10)
      expect(kappa.low).toBeCloseTo(Math.max(-1, low), 10)
      expect(kappa.high).toBeCloseTo(Math.min(1, high), 10)
    },
  )

  it('is not defined where nothing was read, or both gave one and the same answer', () => {
    expect(estimateKappa([])).toEqual({ value: null, low: null, high: null, n: 0 })
    expect(
      estimateKappa([
        [7, 0],
        [0, 0],
      ]),
    ).toEqual({ value: null, low: null, high: null, n: 7 })
  })

  it('lies within its interval and does not change when the readers change places', () => {
    const table = fc.integer({ min: 2, max: 5 }).chain((k) =>
      fc.array(fc.array(fc.integer({ min: 0, max: 40 }), { minLength: k, maxLength: k }), {
        minLength: k,
        maxLength: k,
      }),
    )
    fc.assert(
      fc.property(table, (counts) => {
        const kappa = estimateKappa(counts)
        const swapped = estimateKappa(counts.map((_, i) => counts.map((row) => row[i] ?? 0)))
        const { value, low, high } = kappa
        expect((low ?? 0) - 1e-12 <= (value ?? 0) && (value ?? 0) <= (high ?? 0) + 1e-12).toBe(true)
        expect([swapped.value ?? 9, swapped.low ?? 9]).toEqual([
          expect.closeTo(value ?? 9, 9),
          expect.closeTo(low ?? 9, 9),
        ])
      }),
    )
  })
})
