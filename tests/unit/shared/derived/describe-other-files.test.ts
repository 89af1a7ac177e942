import { expect, it } from 'vitest'
import { describeOtherFiles } from '#shared/derived/describe-other-files.ts'

it('counts what lies beside the pictures by the ending of its name', () => {
  expect(describeOtherFiles([])).toBeNull()
  expect(describeOtherFiles([{ ending: '.txt', files: 1 }])).toBe('1 other file: 1 .txt')
  const many = ['.a', '', '.c', '.d', '.e', '.f'].map((ending, at) => ({ ending, files: 3000 - at }))
  expect(describeOtherFiles(many)).toBe(
    '17,985 other files: 3,000 .a, 2,999 without an ending, 2,998 .c, 2,997 .d, 2,996 .e, and others',
  )
})
