import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { drawMasks, measureDistances } from '#engine/assessment/explanations/domain/masks.ts'
import { correlateRanks, measureAgreement } from '#engine/assessment/explanations/domain/rank-correlation.ts'
import { fitSurrogates } from '#engine/assessment/explanations/domain/surrogate.ts'
import { createRandom } from '#engine/base/kernel/random.ts'

/** What marcotcr/lime and SciPy answered (tests/oracles/make_superpixels_golden.py). */
const { lime, ranks } = z
  .object({
    lime: z.object({
      masks: z.array(z.string()),
      probabilities: z.array(z.array(z.number())),
      distances: z.array(z.number()),
      fits: z.array(
        z.object({
          intercept: z.number(),
          weights: z.array(z.number()),
          r2: z.number(),
          local_prediction: z.number(),
        }),
      ),
    }),
    ranks: z.array(z.object({ a: z.array(z.number()), b: z.array(z.number()), correlation: z.number() })),
  })
  .parse(
    JSON.parse(
      readFileSync(new URL('../../../../../oracles/golden/explanations.json', import.meta.url), 'utf8'),
    ),
  )

const segments = lime.masks[0]?.length ?? 0
const masks = {
  shown: Uint8Array.from(lime.masks.join(''), Number),
  samples: lime.masks.length,
  segments,
}

describe("LIME's local model", () => {
  it('measures the distances that LIME measures', () => {
    const distances = measureDistances(masks)
    lime.distances.forEach((distance, at) => expect(distances[at]).toBeCloseTo(distance, 12))
  })

  it("has LIME's own weights, intercepts and R² on the same masks", () => {
    const outputs = lime.fits.length
    const fits = fitSurrogates({ masks, answers: Float64Array.from(lime.probabilities.flat()), outputs })
    lime.fits.forEach(({ weights, intercept, r2, local_prediction }, output) => {
      const fit = fits[output]
      weights.forEach((weight, at) => expect(fit?.weights[at]).toBeCloseTo(weight, 10))
      expect(fit?.intercept).toBeCloseTo(intercept, 10)
      expect(fit?.r2).toBeCloseTo(r2, 10)
      expect(fit?.localPrediction).toBeCloseTo(local_prediction, 10)
    })
  })

  it('says that a network which answers one thing to all has no R²', () => {
    const [fit] = fitSurrogates({ masks, answers: new Float64Array(masks.samples).fill(0.5), outputs: 1 })
    expect(fit?.r2).toBeNull()
    expect(fit?.weights.every((weight) => Math.abs(weight) < 1e-12)).toBe(true)
  })

  it('draws the same masks from the same seed, and more of them after those', () => {
    const draw = (samples: number) => drawMasks(createRandom(7, ['lime']), { samples, segments: 9 }).shown
    expect(draw(64)).toEqual(draw(64))
    expect(draw(200).subarray(0, 64 * 9)).toEqual(draw(64))
    expect(
      draw(64)
        .subarray(0, 9)
        .every((shown) => shown === 1),
    ).toBe(true)
    const share = draw(2000).reduce((sum, shown) => sum + shown, 0) / 18_000
    expect(share).toBeGreaterThan(0.48)
    expect(share).toBeLessThan(0.52)
  })
})

describe('rank correlation', () => {
  it("is SciPy's, ties included", () => {
    for (const { a, b, correlation } of ranks) expect(correlateRanks(a, b)).toBeCloseTo(correlation, 12)
  })

  it('cannot be told of values that are all alike', () => {
    expect(correlateRanks([1, 1, 1], [1, 2, 3])).toBeNull()
    expect(measureAgreement([[1, 2, 3]])).toBeNull()
    expect(
      measureAgreement([
        [1, 2, 3],
        [2, 4, 9],
        [3, 2, 1],
      ]),
    ).toBeCloseTo(-1 / 3, 12)
  })
})
