import { expect, it } from 'vitest'
import { redactTexts } from '#engine/base/kernel/redact-texts.ts'

it('names are taken out of texts wherever they stand as a whole, and longer names that hold them stay', () => {
  const job = {
    skipped: [
      { file: 'anna/1.jpg', reason: 'Cannot read "/faces/anna/1.jpg": it is empty.' },
      { file: 'hanna/1.jpg', reason: 'anna/1.jpg2 and anna/1.jpg-old are other files' },
    ],
    count: 3,
    nothing: null,
  }
  expect(redactTexts(job, ['/faces/anna/1.jpg', 'anna/1.jpg'])).toEqual({
    skipped: [
      { file: '(erased)', reason: 'Cannot read "(erased)": it is empty.' },
      { file: 'hanna/1.jpg', reason: 'anna/1.jpg2 and anna/1.jpg-old are other files' },
    ],
    count: 3,
    nothing: null,
  })
})
