import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import {
  fitLogistic,
  predictLogistic,
  standardiseColumns,
} from '#engine/base/kernel/domain/logistic-regression.ts'
import { predictHeldOut } from '#engine/curation/label-checks/domain/predict-held-out.ts'
import { createRandom } from '#engine/base/kernel/random.ts'

/** scikit-learn (tests/oracles/make_logistic_golden.py). */
const golden = z
  .object({
    cases: z.array(
      z.object({
        classes: z.number(),
        c: z.number(),
        labels: z.array(z.number()),
        points: z.array(z.array(z.number())),
        probabilities: z.array(z.array(z.number())),
      }),
    ),
  })
  .parse(
    JSON.parse(readFileSync(new URL('../../../../../oracles/golden/logistic.json', import.meta.url), 'utf8')),
  )

const nothing = () => undefined

describe('logistic regression', () => {
  it.each(golden.cases.map((one) => [one.classes, one] as const))(
    "finds scikit-learn's probabilities for %i classes",
    (classes, one) => {
      const labels = Int32Array.from(one.labels)
      const rows = labels.map((_, row) => row)
      const points = standardiseColumns(
        { dimensions: one.points[0]?.length ?? 0, values: Float32Array.from(one.points.flat()) },
        rows,
      )
      const model = fitLogistic({ points, labels, classes, penalty: 1 / one.c, onStep: nothing })
      const ours = predictLogistic(model, points, rows)
      const largest = Math.max(
        ...one.probabilities.flat().map((value, at) => Math.abs(value - (ours[at] ?? NaN))),
      )
      expect(largest).toBeLessThan(2e-5)
    },
  )

  it('never lets a label change what is said of its own fold', () => {
    const random = createRandom(3)
    const points = { dimensions: 3, values: Float32Array.from({ length: 120 }, () => random.normal()) }
    const labels = Int32Array.from({ length: 40 }, () => random.int(0, 2))
    const foldOf = Uint8Array.from({ length: 40 }, (_, at) => at % 4)
    const task = { classes: 3, foldOf, folds: 4, penalty: 1, onStep: nothing }
    const before = predictHeldOut(points, { ...task, labels })
    const changed = labels.map((label, at) => (foldOf[at] === 2 ? (label + 1) % 3 : label))
    const after = predictHeldOut(points, { ...task, labels: changed })
    const ofFold = (all: Float32Array) => [...all].filter((_, at) => foldOf[Math.floor(at / 3)] === 2)
    expect(ofFold(after)).toEqual(ofFold(before))
    expect([...after]).not.toEqual([...before])
  })

  it('can be stopped at any step', () => {
    const points = { dimensions: 1, values: Float32Array.of(0, 1, 2, 3) }
    const onStep = () => {
      throw new Error('stopped')
    }
    const labels = Int32Array.of(0, 1, 0, 1)
    expect(() => fitLogistic({ points, labels, classes: 2, penalty: 1, onStep })).toThrow('stopped')
  })
})
