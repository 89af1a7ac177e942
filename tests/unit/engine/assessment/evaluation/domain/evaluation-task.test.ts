import { describe, expect, it } from 'vitest'
import { taskEvaluation } from '#shared/contract/evaluation.contract.ts'
import {
  describeIntervals,
  evaluateTasks,
  type TaskAnswers,
} from '#engine/assessment/evaluation/domain/evaluate-task.ts'

const gender: TaskAnswers = {
  labels: ['Male', 'Female'],
  labelled: [0, 0, 1, 1, -1, 0],
  predicted: [0, 1, 1, 1, 0, 0],
  groupings: [{ grouping: 'race', groups: ['White', 'Black', 'Asian'], indices: [0, 0, 1, -1, 1, 1] }],
}
const age: TaskAnswers = {
  labels: ['0-2', '3-9', '10-19'],
  labelled: [0, 0, 1, 2, 2, -1],
  predicted: [0, 1, 1, 1, 0, 0],
  groupings: [],
  areOrdered: true,
}
const resampling = {
  groups: Int32Array.from([0, 1, 2, 3, 4, 5]),
  seed: 1,
  replicates: 200,
  pause: () => Promise.resolve(),
}
const evaluated = await evaluateTasks(
  new Map([
    ['gender', gender],
    ['age', age],
  ] as const),
  resampling,
)

describe('the evaluation of a task', () => {
  it('counts labelled against predicted, and leaves missing labels out', () => {
    expect(evaluated.gender).toMatchObject({
      confusion: {
        labels: ['Male', 'Female'],
        counts: [
          [2, 1],
          [0, 2],
        ],
      },
      missing: 1,
      accuracy: { value: 0.8, n: 5 },
      oneOff: null,
      years: null,
    })
  })

  it('gives every group its own n, and an empty one no value', () => {
    expect(evaluated.gender?.byGroup).toMatchObject([
      { grouping: 'race', group: 'White', value: 0.5, n: 2 },
      { grouping: 'race', group: 'Black', value: 1, n: 2 },
      { grouping: 'race', group: 'Asian', value: null, low: null, high: null, n: 0 },
    ])
  })

  it('weighs every label alike in the balanced figures', () => {
    expect(evaluated.gender?.balancedAccuracy).toMatchObject({ value: (2 / 3 + 1) / 2, n: 5 })
    expect(evaluated.gender?.macroF1).toMatchObject({ value: (4 / 5 + 4 / 5) / 2, n: 5 })
  })

  it('counts ages at most one bin off', () => {
    expect(evaluated.age?.oneOff).toMatchObject({ value: 0.8, n: 5 })
  })

  it('gives the same draws to a task whatever else is evaluated', async () => {
    const alone = await evaluateTasks(new Map([['age', age]] as const), resampling)
    expect(alone).toEqual({ age: evaluated.age, gender: null, race: null })
    const again = await evaluateTasks(new Map([['age', age]] as const), { ...resampling, seed: 2 })
    expect(again.age?.macroF1).not.toEqual(alone.age?.macroF1)
  })

  it('stops where its pause says so', async () => {
    const pause = (done: number) => (done === 3 ? Promise.reject(new Error('stopped')) : Promise.resolve())
    await expect(evaluateTasks(new Map([['age', age]] as const), { ...resampling, pause })).rejects.toThrow(
      'stopped',
    )
  })

  it('of an older version is read as one that lacks the newer figures', () => {
    const { accuracy, byGroup, confusion, missing } = evaluated.gender ?? {}
    expect(taskEvaluation.parse({ accuracy, byGroup, confusion, missing })).toMatchObject({
      accuracy,
      balancedAccuracy: null,
      macroF1: null,
      oneOff: null,
      years: null,
    })
  })

  it('says when people or pictures repeat and the intervals are too narrow', () => {
    expect(describeIntervals({ images: 10, groups: 10, replicates: 2000 })).toContain(
      'No person and no picture is known to repeat',
    )
    expect(describeIntervals({ images: 588, groups: 571, replicates: 2000 })).toBe(
      'Accuracies: 95 % Wilson score intervals that take the images as independent. These 588 images stand in 571 groups of one person or identical pixels, so the true intervals are wider. All other figures: 95 % percentile bootstrap over these groups, 2000 draws.',
    )
  })
})
