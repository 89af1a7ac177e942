import { expect, it } from 'vitest'
import { findBrokenText } from '#engine/base/kernel/broken-text.ts'

it.each([
  ['a name', { name: 'x\ud800' }, ['name']],
  ['a text in a list', { images: [{ note: 'ok' }, { note: '\udc00' }] }, ['images', '1', 'note']],
  ['the name of a field', { labels: { '\ud800': 1 } }, ['labels', '\ufffd']],
  ['the whole', '\ud800', []],
])('finds %s', (_what, value, path) => {
  expect(findBrokenText(value)).toEqual(path)
})

it.each([
  ['pairs, and all other text', { name: '\u{1f600} \0 é' }],
  ['numbers, nothing and bytes', { a: 1, b: null, c: undefined, d: new Uint8Array([0xed, 0xa0, 0x80]) }],
])('passes %s', (_what, value) => {
  expect(findBrokenText(value)).toBeNull()
})
