import { describe, expect, it } from 'vitest'
import { taskEvaluation } from '#shared/contract/evaluation.contract.ts'
import { wilsonInterval } from '#shared/domain/intervals.ts'
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

  it('bounds accuracies by people: pictures that are right and wrong together count as one', async () => {
    const people = 40
    const labelled = Array.from({ length: people * 5 }, () => 0)
    // A quarter of the people is wrong in all five pictures.
    const predicted = labelled.map((_, image) => (Math.floor(image / 5) % 4 === 0 ? 1 : 0))
    const answers: TaskAnswers = {
      ...gender,
      labelled,
      predicted,
      groupings: [{ grouping: 'race', groups: ['White', 'Black'], indices: labelled.map(() => 0) }],
    }
    const evaluate = async (groups: Int32Array) => {
      const found = await evaluateTasks(new Map([['gender', answers]] as const), { ...resampling, groups })
      return found.gender
    }
    const apart = await evaluate(Int32Array.from(labelled.keys()))
    expect(apart?.accuracy).toEqual({ value: 0.75, ...wilsonInterval(150, 200), n: 200 })
    const repeated = await evaluate(Int32Array.from(labelled, (_, image) => Math.floor(image / 5)))
    const asPeople = wilsonInterval(30, people)
    for (const found of [repeated?.accuracy, repeated?.byGroup[0]]) {
      expect(found).toMatchObject({ value: 0.75, n: 200 })
      // The variance between 40 people is 40/39 of that of 40 independent images.
      expect(found?.low).toBeLessThan(asPeople.low)
      expect(found?.low).toBeGreaterThan(asPeople.low - 0.02)
      expect(found?.high).toBeGreaterThan(asPeople.high)
    }
  })

  it('says whether people or pictures repeat, and that they are what is sampled', () => {
    expect(describeIntervals({ images: 10, groups: 10, replicates: 2000 })).toBe(
      'Accuracies: 95 % Wilson score intervals. No person and no picture is known to repeat among these 10 images. All other figures: 95 % percentile bootstrap over these images, 2000 draws.',
    )
    expect(describeIntervals({ images: 588, groups: 571, replicates: 2000 })).toBe(
      'Accuracies: 95 % Wilson score intervals with the number of independent images that the pictures of these 571 people or sets of copies are worth. These 588 images stand in 571 groups of one person or copies of one picture: the groups, not the images, are what is sampled. All other figures: 95 % percentile bootstrap over these groups, 2000 draws.',
    )
  })
})
