import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { weighSources } from '#engine/curation/label-checks/domain/weigh-sources.ts'

/** SciPy (tests/oracles/make_weights_golden.py). */
const golden = z
  .object({
    cases: z.array(
      z.object({
        name: z.string(),
        probabilities: z.array(z.array(z.number())),
        weights: z.array(z.number()),
      }),
    ),
  })
  .parse(
    JSON.parse(readFileSync(new URL('../../../../../oracles/golden/weights.json', import.meta.url), 'utf8')),
  )

describe('the weights of sources', () => {
  it.each(golden.cases.map((one) => [one.name, one] as const))('are those of SciPy: %s', (_, one) => {
    const ours = weighSources(Float64Array.from(one.probabilities.flat()), one.weights.length)
    expect(ours).toHaveLength(one.weights.length)
    const raised = one.weights.map((weight) => Math.max(weight, 0.01 / one.weights.length))
    const total = raised.reduce((sum, weight) => sum + weight, 0)
    raised.forEach((weight, source) =>
      expect(Math.abs((ours[source] ?? NaN) - weight / total)).toBeLessThan(1e-4),
    )
    expect(ours.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12)
  })

  it('leave a source that is always wrong a hundredth of an even share, never nothing', () => {
    const rows = Array.from({ length: 50 }, () => [0.9, 1e-9])
    const [right = 0, wrong = 0] = weighSources(Float64Array.from(rows.flat()), 2)
    expect(wrong / (right + wrong)).toBeCloseTo(0.005, 3)
  })

  it('are even where there is little or nothing to tell by', () => {
    expect([
      ...weighSources(
        Float64Array.from({ length: 38 }, (_, at) => (at % 2 === 0 ? 0.9 : 0.1)),
        2,
      ),
    ]).toEqual([0.5, 0.5])
    expect([...weighSources(new Float64Array(200), 2)]).toEqual([0.5, 0.5])
    expect([...weighSources(new Float64Array(0), 3)]).toEqual([1 / 3, 1 / 3, 1 / 3])
  })
})
