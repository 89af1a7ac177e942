import { describe, expect, it } from 'vitest'
import { PathEnds } from '#engine/data/catalogue/domain/path-ends.ts'

const ends = new PathEnds(['val/1.jpg', 'val/2.jpg', 'train/2.jpg', 'caf\u{e9}/3.jpg', '4.jpg'], 'faces')
const one = (path: string) => ({ kind: 'one', path })

describe('a file by a path from elsewhere', () => {
  it.each([
    ['an absolute path of Windows', 'C:\\Users\\a\\faces\\val\\1.jpg', one('val/1.jpg')],
    ['an absolute path of another machine', '/home/a/pictures/val/2.jpg', one('val/2.jpg')],
    ['a name alone', '1.jpg', one('val/1.jpg')],
    ['another case', 'Val/1.JPG', one('val/1.jpg')],
    ['decomposed letters', 'x/cafe\u{301}/3.jpg', one('caf\u{e9}/3.jpg')],
    ['the folder itself before the name', '/data/faces/4.jpg', one('4.jpg')],
    ['a name that several have', '2.jpg', { kind: 'several', paths: ['val/2.jpg', 'train/2.jpg'] }],
    ['a name in a folder that is not here', 'test/1.jpg', { kind: 'none' }],
    ['a name that nobody has', '9.jpg', { kind: 'none' }],
    ['nothing', '', { kind: 'none' }],
  ])('is found by its longest end: %s', (_, written, found) => {
    expect(ends.find(written)).toEqual(found)
  })
})
