import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import {
  countConfidentJoint,
  findLabelIssues,
  findThresholds,
  labelFilters,
} from '#engine/curation/label-checks/domain/confident-learning.ts'
import {
  expectYearsOff,
  flagLowScores,
  scoreOutre,
  scoreResiduals,
} from '#engine/curation/label-checks/domain/age-quality.ts'
import { labelRankings, scoreLabels } from '#engine/curation/label-checks/domain/label-quality.ts'
import type { LabelledProbabilities } from '#engine/curation/label-checks/domain/labelled-probabilities.ts'

const numbers = z.array(z.number())
const matrix = z.array(numbers)
/** Recorded from cleanlab; the file says how. */
const golden = z
  .object({
    classification: z.array(
      z.object({
        labels: numbers,
        probabilities: matrix,
        thresholds: numbers,
        joint: matrix,
        calibrated: matrix,
        issues: z.record(z.string(), numbers),
        quality: z.record(z.enum(labelRankings), numbers),
      }),
    ),
    regression: z.object({ labels: numbers, predictions: numbers, outre: numbers, residual: numbers }),
  })
  .parse(
    JSON.parse(
      readFileSync(new URL('../../../../../oracles/golden/label-issues.json', import.meta.url), 'utf8'),
    ),
  )

function toGiven(labels: readonly number[], probabilities: readonly number[][]): LabelledProbabilities {
  return {
    classes: probabilities[0]?.length ?? 0,
    labels: Int32Array.from(labels),
    probabilities: Float64Array.from(probabilities.flat()),
  }
}

function expectClose(ours: ArrayLike<number>, theirs: readonly number[]): void {
  expect(ours.length).toBe(theirs.length)
  const largest = Math.max(...theirs.map((value, at) => Math.abs(value - (ours[at] ?? NaN))))
  expect(largest).toBeLessThan(1e-9)
}

describe.each(golden.classification.map((one) => [one.thresholds.length, one] as const))(
  'confident learning with %i classes',
  (_, one) => {
    const given = toGiven(one.labels, one.probabilities)

    it("finds cleanlab's thresholds and confident joint, as counted and calibrated", () => {
      expectClose(findThresholds(given), one.thresholds)
      const { raw, calibrated } = countConfidentJoint(given)
      expect([[...raw], [...calibrated]]).toEqual([one.joint.flat(), one.calibrated.flat()])
    })

    it.each(labelRankings)("scores %s as cleanlab's label quality", (ranking) => {
      expectClose(scoreLabels(given, ranking), one.quality[ranking])
    })

    it.each(labelFilters.flatMap((filter) => labelRankings.map((rankBy) => [filter, rankBy] as const)))(
      "finds cleanlab's issues in its order: %s by %s",
      (filter, rankBy) => {
        expect([...findLabelIssues(given, { filter, rankBy })]).toEqual(one.issues[`${filter}/${rankBy}`])
      },
    )
  },
)

describe('labels without a model', () => {
  it('finds nothing where there is nothing', () => {
    const empty: LabelledProbabilities = {
      classes: 3,
      labels: new Int32Array(0),
      probabilities: new Float32Array(0),
    }
    for (const filter of labelFilters) {
      expect(findLabelIssues(empty, { filter, rankBy: 'self_confidence' })).toEqual(new Int32Array(0))
    }
  })

  it('never counts a label that is also the most probable class, whatever the probabilities', () => {
    const row = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 4, maxLength: 4 })
    const item = fc.tuple(fc.integer({ min: 0, max: 3 }), row)
    fc.assert(
      fc.property(
        fc.array(item, { maxLength: 60 }),
        fc.constantFrom(...labelFilters),
        fc.constantFrom(...labelRankings),
        (items, filter, rankBy) => {
          const rows = items.map(([, weights]) => {
            const sum = weights.reduce((a, b) => a + b, 0)
            return sum === 0 ? [0.25, 0.25, 0.25, 0.25] : weights.map((weight) => weight / sum)
          })
          const given = {
            ...toGiven(
              items.map(([label]) => label),
              rows,
            ),
            classes: 4,
          }
          const issues = [...findLabelIssues(given, { filter, rankBy })]
          expect(new Set(issues).size).toBe(issues.length)
          for (const image of issues) {
            const probabilities = rows[image] ?? []
            expect(probabilities.indexOf(Math.max(...probabilities))).not.toBe(given.labels[image])
          }
        },
      ),
    )
  })
})

describe('ages', () => {
  it("scores years as cleanlab's residual and OUTRE", () => {
    const labels = Float64Array.from(golden.regression.labels)
    const predictions = Float64Array.from(golden.regression.predictions)
    expectClose(scoreResiduals({ labels, predictions }), golden.regression.residual)
    expectClose(scoreOutre({ labels, predictions }), golden.regression.outre)
  })

  it('puts a child labelled old before a neighbour of the next bin', () => {
    const given = toGiven(
      [2, 1],
      [
        [0.9, 0.05, 0.05],
        [0.9, 0.05, 0.05],
      ],
    )
    const [old, next] = expectYearsOff(given, [5, 15, 65])
    expect(old).toBeCloseTo(0.9 * 60 + 0.05 * 50, 9)
    expect(next).toBeCloseTo(0.9 * 10 + 0.05 * 50, 9)
  })

  it('flags scores far below the usual one alone', () => {
    expect([...flagLowScores(Float64Array.of(0.4, 0.5, 0.6, 0.02, 0.03))]).toEqual([0, 0, 0, 1, 0])
  })
})
