import { describe, expect, it } from 'vitest'
import { PathEnds, settleClaims } from '#shared/domain/path-ends.ts'

const index = (folder: string, ...paths: readonly string[]) =>
  paths.map((path) => ({ file: path, folder, path }))

const ends = new PathEnds(
  index(
    'faces',
    'val/1.jpg',
    'val/2.jpg',
    'train/2.jpg',
    'caf\u{e9}/3.jpg',
    '4.jpg',
    'deep/val/5.jpg',
    'val/5.jpg',
    'a b (1).png',
    'x/7.jpg',
    'X/7.JPG',
    '3f2a91bc-8.jpg',
  ),
)
const one = (file: string) => ({ kind: 'one', file, folder: 'faces', isSure: true, isByName: false })
const named = (file: string) => ({ ...one(file), isByName: true })
const none = (namesake: string | null) => ({ kind: 'none', namesake })

describe('a file by a path from elsewhere', () => {
  it.each([
    ['an absolute path of Windows', 'C:\\Users\\a\\faces\\val\\1.jpg', one('val/1.jpg')],
    ['a path of a share', '\\\\server\\faces\\val\\1.jpg', one('val/1.jpg')],
    ['an absolute path of another machine', '/home/a/pictures/val/2.jpg', one('val/2.jpg')],
    ['an address', 's3://bucket/faces/val/1.jpg', one('val/1.jpg')],
    ['the longest of several ends', '/a/deep/val/5.jpg', one('deep/val/5.jpg')],
    ['the whole path where others end alike', 'faces/val/5.jpg', one('val/5.jpg')],
    ['a name alone', '1.jpg', named('val/1.jpg')],
    ['another case', 'Val/1.JPG', one('val/1.jpg')],
    ['a case that only one has', 'X/7.JPG', one('X/7.JPG')],
    ['decomposed letters', 'x/cafe\u{301}/3.jpg', one('caf\u{e9}/3.jpg')],
    ['the folder itself before the name', '/data/faces/4.jpg', one('4.jpg')],
    ['a folder of FiftyOne', 'data/1.jpg', { ...named('val/1.jpg'), isSure: false }],
    ['a folder that begins at the root', '/data/1.jpg', none('val/1.jpg')],
    ['an upload to Label Studio', '/data/upload/7/0a1b2c3d-1.jpg', named('val/1.jpg')],
    ['an upload whose name was changed', 'upload/12/0a1b2c3d-a_b_1.png', named('a b (1).png')],
    ['a name that looks like an upload', '3f2a91bc-8.jpg', named('3f2a91bc-8.jpg')],
    ['a name that several have', '2.jpg', { kind: 'several', files: ['val/2.jpg', 'train/2.jpg'] }],
    ['a case that neither of two has', 'x/7.Jpg', { kind: 'several', files: ['x/7.jpg', 'X/7.JPG'] }],
    ['a name in a folder that is not here', 'test/1.jpg', none('val/1.jpg')],
    ['a file at the top, in a folder that is not here', 'train/4.jpg', none('4.jpg')],
    ['an upload that is not here', '/data/upload/7/0a1b2c3d-9.jpg', none(null)],
    ['a name that nobody has', '9.jpg', none(null)],
    ['nothing', '', none(null)],
  ])('is found by its longest end: %s', (_, written, found) => {
    expect(ends.find(written)).toEqual(found)
  })

  it('is none in a folder `data` where there is such a folder', () => {
    const files = index('faces', 'other/1.jpg', 'data/2.jpg')
    expect(new PathEnds(files).find('data/1.jpg')).toEqual(none('other/1.jpg'))
    const free = new PathEnds(files.slice(0, 1), ['data/2.jpg'])
    expect(free.find('data/1.jpg')).toEqual(none('other/1.jpg'))
  })

  it('is the one at the top of its folder, whose name is another elsewhere, unless other rows say more', () => {
    const find = (written: string) => {
      const found = ends.find(written)
      return found.kind === 'one' ? [{ ...found, written }] : []
    }
    const held = (...written: readonly string[]) =>
      settleClaims(written.flatMap(find)).held.map((claim) => claim.written)
    expect(ends.find('/home/a/pictures/4.jpg')).toEqual({ ...named('4.jpg'), isSure: false })
    expect(held('/home/a/pictures/4.jpg', 'val/1.jpg')).toEqual(['/home/a/pictures/4.jpg', 'val/1.jpg'])
    expect(held('/a/train/4.jpg', '/a/faces/4.jpg')).toEqual(['/a/faces/4.jpg'])
    expect(held('/a/train/4.jpg', '/a/val/3f2a91bc-8.jpg')).toEqual([])
  })
})
