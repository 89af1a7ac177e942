import { expect, it } from 'vitest'
import { findMedian, findQuantile } from '#engine/base/kernel/quantiles.ts'

it('a quantile interpolates between order statistics', () => {
  expect([0, 0.25, 0.5, 1].map((share) => findQuantile([1, 2, 4], share))).toEqual([1, 1.5, 2, 4])
  expect(findQuantile([], 0.5)).toBeNaN()
})

it('a median is the middle, or the mean of both middles, by number and not by text', () => {
  expect([[10, 9, 100], [4, 10, 1, 3], [7]].map(findMedian)).toEqual([10, 3.5, 7])
  expect(findMedian(Float64Array.from([3, 1, 2]))).toBe(2)
  expect(findMedian([])).toBeNaN()
})
