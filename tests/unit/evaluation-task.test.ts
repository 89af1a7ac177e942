import { describe, expect, it } from 'vitest'
import { describeIntervals, evaluateTask } from '#engine/evaluation/domain/evaluate-task.ts'

const evaluated = evaluateTask({
  labels: ['Male', 'Female'],
  labelled: [0, 0, 1, 1, -1, 0],
  predicted: [0, 1, 1, 1, 0, 0],
  groupings: [{ grouping: 'race', groups: ['White', 'Black', 'Asian'], indices: [0, 0, 1, -1, 1, 1] }],
})

describe('the evaluation of a task', () => {
  it('counts labelled against predicted, and leaves missing labels out', () => {
    expect(evaluated.confusion).toEqual({
      labels: ['Male', 'Female'],
      counts: [
        [2, 1],
        [0, 2],
      ],
    })
    expect(evaluated.missing).toBe(1)
    expect(evaluated.accuracy).toMatchObject({ value: 0.8, n: 5 })
  })

  it('gives every group its own n, and an empty one no value', () => {
    expect(evaluated.byGroup).toMatchObject([
      { grouping: 'race', group: 'White', value: 0.5, n: 2 },
      { grouping: 'race', group: 'Black', value: 1, n: 2 },
      { grouping: 'race', group: 'Asian', value: null, low: null, high: null, n: 0 },
    ])
  })

  it('says when people or pictures repeat and the intervals are too narrow', () => {
    expect(describeIntervals(10, 10)).toContain('No person and no picture is known to repeat')
    expect(describeIntervals(588, 571)).toBe(
      '95 % Wilson score intervals that take the images as independent. These 588 images stand in 571 groups of one person or identical pixels, so the true intervals are wider.',
    )
  })
})
