import { expect, test } from 'vitest'
import { describeJudge } from '#shared/domain/describe-judge.ts'

test('a check of faces names the detector that saw them, also one that is no longer there', () => {
  const name = (detector: string) => describeJudge({ detector, faceVersion: 1 })
  expect(name('blaze:0a')).toBe('Faces found by BlazeFace.')
  expect(name('ssd:0a')).toBe('Faces found by SSD MobileNet, the default of earlier versions.')
  expect(name('tiny:0a')).toBe('Faces found by the tiny detector.')
  expect(name('file:0a')).toBe('Faces found by a detector of your own.')
  expect(describeJudge({})).toBeNull()
})
