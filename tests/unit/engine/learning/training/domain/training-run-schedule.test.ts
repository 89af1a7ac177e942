import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { learningRateAt, planSchedule } from '#engine/learning/training/domain/learning-rate.ts'

const rates = z.array(z.number())
const golden = z
  .object({
    cases: z.array(
      z.object({ maxLearningRate: z.number(), totalSteps: z.int(), oneCycle: rates, cosine: rates }),
    ),
    warm: z.array(
      z.object({
        maxLearningRate: z.number(),
        totalSteps: z.int(),
        warmupSteps: z.int(),
        decayEverySteps: z.int(),
        decayFactor: z.number(),
        constant: rates,
        cosine: rates,
        step: rates,
        stepAlone: rates,
      }),
    ),
  })
  .parse(
    JSON.parse(
      readFileSync(new URL('../../../../../oracles/golden/learning-rates.json', import.meta.url), 'utf8'),
    ),
  )

function expectRates(expected: readonly number[], rateAt: (step: number) => number): void {
  const worst = Math.max(...expected.map((rate, step) => Math.abs(rateAt(step) - rate)))
  expect(worst / Math.max(...expected)).toBeLessThan(1e-12)
}

describe.each(golden.cases)(
  'over $totalSteps steps to $maxLearningRate',
  ({ maxLearningRate, totalSteps, ...expected }) => {
    it.each([
      ['one-cycle', expected.oneCycle],
      ['cosine', expected.cosine],
    ] as const)('%s gives PyTorch rates at every step', (schedule, values) => {
      expectRates(values, (step) => learningRateAt(step, { schedule, maxLearningRate, totalSteps }))
    })

    it('constant stays where it is', () => {
      const options = { schedule: 'constant', maxLearningRate, totalSteps } as const
      expect(learningRateAt(totalSteps - 1, options)).toBe(maxLearningRate)
    })
  },
)

describe.each(golden.warm)(
  'with a warm-up of $warmupSteps of $totalSteps steps',
  ({ constant, cosine, step, stepAlone, ...options }) => {
    it.each([
      ['constant', constant],
      ['cosine', cosine],
      ['step', step],
    ] as const)('%s gives PyTorch rates at every step', (schedule, values) => {
      expectRates(values, (at) => learningRateAt(at, { schedule, ...options }))
    })

    it('step without a warm-up gives PyTorch rates at every step', () => {
      expectRates(stepAlone, (at) => learningRateAt(at, { schedule: 'step', ...options, warmupSteps: 0 }))
    })
  },
)

describe('a run’s schedule', () => {
  const config = {
    epochs: 10,
    learningRate: 0.1,
    warmupEpochs: 1.5,
    stepEpochs: 3,
    stepFactor: 0.1,
  }

  it('counts in optimiser steps what the configuration counts in epochs', () => {
    expect(planSchedule({ ...config, schedule: 'step' }, 20)).toEqual({
      schedule: 'step',
      maxLearningRate: 0.1,
      totalSteps: 200,
      warmupSteps: 30,
      decayEverySteps: 60,
      decayFactor: 0.1,
    })
  })

  it('keeps every rate finite, positive and at most the largest', () => {
    for (const schedule of ['one-cycle', 'cosine', 'constant', 'step'] as const) {
      for (const warmupEpochs of [0, 0.01, 1, 100]) {
        for (const stepsPerEpoch of [1, 3]) {
          const options = planSchedule({ ...config, schedule, warmupEpochs }, stepsPerEpoch)
          for (let step = 0; step < options.totalSteps; step++) {
            const rate = learningRateAt(step, options)
            expect(rate).toBeGreaterThan(0)
            expect(rate).toBeLessThanOrEqual(0.1)
          }
        }
      }
    }
  })
})

it('even a run of one step has a finite rate', () => {
  for (const schedule of ['one-cycle', 'cosine', 'constant', 'step'] as const) {
    const rate = learningRateAt(0, { schedule, maxLearningRate: 1e-3, totalSteps: 1 })
    expect(rate).toBeGreaterThan(0)
    expect(rate).toBeLessThanOrEqual(1e-3)
  }
})
