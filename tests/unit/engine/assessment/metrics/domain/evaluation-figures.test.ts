import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { bootstrapFigures } from '#engine/assessment/metrics/domain/bootstrap.ts'
import { scoreClasses } from '#engine/assessment/metrics/domain/class-scores.ts'
import { evaluateTasks } from '#engine/assessment/evaluation/domain/evaluate-task.ts'
import { measureYears } from '#engine/assessment/metrics/domain/years-errors.ts'

const figures = z.object({
  meanAbsoluteError: z.number(),
  medianAbsoluteError: z.number(),
  rootMeanSquareError: z.number(),
  bias: z.number(),
  within5: z.number(),
  errorSlope: z.number(),
})
/** scikit-learn, SciPy and NumPy (tests/oracles/make_evaluation_golden.py). */
const golden = z
  .object({
    classes: z.array(
      z.object({
        counts: z.array(z.array(z.number())),
        balancedAccuracy: z.number(),
        macroF1: z.number(),
      }),
    ),
    years: z.array(
      z.object({
        groups: z.array(z.number()),
        labelled: z.array(z.number()),
        predicted: z.array(z.number()),
        figures,
        meanAbsoluteErrorInterval: z.object({ low: z.number(), high: z.number() }),
      }),
    ),
  })
  .parse(
    JSON.parse(
      readFileSync(new URL('../../../../../oracles/golden/evaluation.json', import.meta.url), 'utf8'),
    ),
  )

const pause = () => Promise.resolve()

describe('class scores', () => {
  it.each(golden.classes)('are scikit-learn’s', ({ counts, balancedAccuracy, macroF1 }) => {
    const scores = scoreClasses(counts)
    expect(scores.balancedAccuracy).toBeCloseTo(balancedAccuracy, 12)
    expect(scores.macroF1).toBeCloseTo(macroF1, 12)
  })

  it('are not defined without a label', () => {
    expect(
      scoreClasses([
        [0, 0],
        [0, 0],
      ]),
    ).toEqual({ balancedAccuracy: Number.NaN, macroF1: Number.NaN })
  })
})

describe('errors in years', () => {
  it.each(golden.years)('are NumPy’s and SciPy’s over $labelled.length images', async (one) => {
    const { groups, labelled, predicted } = one
    const answers = { predicted, labelled, groupings: [], binAlone: 0 }
    const measure = measureYears(answers)
    const values = measure.figures(new Int32Array(labelled.length).fill(1))
    Object.values(figures.parse(one.figures)).forEach((value, index) => {
      expect(values[index]).toBeCloseTo(value, 9)
    })
    const resampling = { groups: Int32Array.from(groups), seed: 1, replicates: 2000, pause }
    const [interval] = await bootstrapFigures(measure.figures, resampling)
    const { low, high } = one.meanAbsoluteErrorInterval
    // A 2.5 % quantile of 2,000 draws has a standard error of 0.06 standard deviations; four of those are allowed.
    const allowed = (0.24 * (high - low)) / 3.92
    expect(Math.abs((interval?.low ?? 0) - low)).toBeLessThan(allowed)
    expect(Math.abs((interval?.high ?? 0) - high)).toBeLessThan(allowed)
  })

  it('count exact ages alone, stand by group, and have no estimate below 30 images', async () => {
    const count = 70
    const images = Array.from({ length: count }, (_, image) => image)
    const evaluated = await evaluateTasks(
      new Map([
        [
          'age',
          {
            labels: ['0-2', '3-9'],
            labelled: images.map(() => 1),
            predicted: images.map(() => 1),
            groupings: [
              {
                grouping: 'gender',
                groups: ['Male', 'Female'],
                indices: images.map((image) => (image < 40 ? 0 : 1)),
              },
            ],
            areOrdered: true,
            years: {
              predicted: images.map((image) => 5 + (image % 2 === 0 ? 2 : -1)),
              labelled: images.map((image) => (image < 68 ? 5 : null)),
            },
          },
        ],
      ] as const),
      { groups: Int32Array.from(images), seed: 1, replicates: 100, pause },
    )
    const nothing = { value: null, low: null, high: null, n: 28 }
    expect(evaluated.age?.years).toMatchObject({
      meanAbsoluteError: { value: 1.5, n: 68 },
      medianAbsoluteError: { value: 1.5, n: 68 },
      bias: { value: 0.5, n: 68 },
      within5: { value: 1, low: 1, high: 1, n: 68 },
      // All are labelled the same age, so nothing can depend on it.
      errorSlope: { value: null, n: 68 },
      byGroup: [
        {
          grouping: 'gender',
          group: 'Male',
          meanAbsoluteError: { value: 1.5, n: 40 },
          bias: { value: 0.5, n: 40 },
        },
        { grouping: 'gender', group: 'Female', meanAbsoluteError: nothing, bias: nothing },
      ],
      binAlone: 2,
    })
  })
})

describe('the bootstrap', () => {
  const mean = (values: readonly number[]) => (weights: Int32Array) => {
    const n = weights.reduce((sum, weight) => sum + weight, 0)
    return [values.reduce((sum, value, item) => sum + value * (weights[item] ?? 0), 0) / n]
  }

  it('draws whole groups, so that copies of an image narrow nothing', async () => {
    const values = [1, 4, 2, 8, 5, 7]
    const options = { seed: 3, replicates: 500, pause }
    const once = await bootstrapFigures(mean(values), {
      ...options,
      groups: Int32Array.from(values.keys()),
    })
    const copied = await bootstrapFigures(mean(values.flatMap((value) => [value, value, value])), {
      ...options,
      groups: Int32Array.from(values.flatMap((_, group) => [group, group, group])),
    })
    expect(copied).toEqual(once)
  })

  it('gives no interval of one group, nor of a figure that rests on few', async () => {
    const groups = Int32Array.from([0, 0, 0])
    const options = { seed: 3, replicates: 100, pause }
    expect(await bootstrapFigures(mean([1, 2, 3]), { ...options, groups })).toEqual([null])
    const firstAlone = (weights: Int32Array) => [(weights[0] ?? 0) > 0 ? 1 : Number.NaN]
    const apart = Int32Array.from({ length: 50 }, (_, item) => item)
    expect(await bootstrapFigures(firstAlone, { ...options, groups: apart })).toEqual([null])
  })
})
