import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { learningRateAt } from '#engine/training/domain/learning-rate.ts'

const golden = z
  .object({
    cases: z.array(
      z.object({
        maxLearningRate: z.number(),
        totalSteps: z.int(),
        oneCycle: z.array(z.number()),
        cosine: z.array(z.number()),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('../oracles/golden/learning-rates.json', import.meta.url), 'utf8')))

describe.each(golden.cases)(
  'over $totalSteps steps to $maxLearningRate',
  ({ maxLearningRate, totalSteps, ...expected }) => {
    it.each([
      ['one-cycle', expected.oneCycle],
      ['cosine', expected.cosine],
    ] as const)('%s gives PyTorch rates at every step', (schedule, rates) => {
      const ours = rates.map((_, step) => learningRateAt(step, { schedule, maxLearningRate, totalSteps }))
      const worst = Math.max(...ours.map((rate, step) => Math.abs(rate - (rates[step] ?? 0))))
      expect(worst / maxLearningRate).toBeLessThan(1e-12)
    })

    it('constant stays where it is', () => {
      const options = { schedule: 'constant', maxLearningRate, totalSteps } as const
      expect(learningRateAt(totalSteps - 1, options)).toBe(maxLearningRate)
    })
  },
)

it('even a run of one step has a finite rate', () => {
  for (const schedule of ['one-cycle', 'cosine', 'constant'] as const) {
    const rate = learningRateAt(0, { schedule, maxLearningRate: 1e-3, totalSteps: 1 })
    expect(rate).toBeGreaterThan(0)
    expect(rate).toBeLessThanOrEqual(1e-3)
  }
})
