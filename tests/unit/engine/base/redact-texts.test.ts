import { expect, it } from 'vitest'
import { holdsName, redactTexts } from '#engine/base/kernel/redact-texts.ts'

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

it('a name is found as a whole, and not as a part of a longer one', () => {
  const found = ['faces/1.jpg,3', '"1.jpg"', '11.jpg and 1.jpg', '11.jpg', '1.jpg2', 'x-1.jpg'].map((text) =>
    holdsName(text, '1.jpg'),
  )
  expect(found).toEqual([true, true, true, false, false, false])
})
