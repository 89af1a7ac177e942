import { expect, it } from 'vitest'
import { findShared, type PooledImage } from '#engine/curation/identities/domain/find-shared.ts'

const make = (imageId: number, path: string, known: Partial<PooledImage> = {}): PooledImage => ({
  imageId,
  dataset: 'faces',
  path,
  fileSha256: `file ${imageId}`,
  pixelSha256: `pixels ${imageId}`,
  nearGroup: null,
  personId: null,
  ...known,
})

it('tells what parts of a data set and other data sets share, and takes no other folder for a part', () => {
  const { origins, groups } = findShared([
    make(1, 'train/1.jpg', { fileSha256: 'same', pixelSha256: 'same', personId: 1 }),
    make(2, 'train/2.jpg', { nearGroup: 5, personId: 1 }),
    make(3, 'Val/1.jpg', { fileSha256: 'same', pixelSha256: 'same', personId: 3 }),
    make(4, 'Ada/1.jpg', { dataset: 'people', nearGroup: 5, personId: 1 }),
    make(5, 'train', { dataset: 'people', personId: 3 }),
  ])
  expect(origins).toEqual([
    { dataset: 'faces', part: 'train', images: 2 },
    { dataset: 'faces', part: 'Val', images: 1 },
    { dataset: 'people', part: null, images: 2 },
  ])
  expect(groups).toEqual([
    { kind: 'file', images: [1, 3], origins: [0, 1] },
    { kind: 'pixels', images: [1, 3], origins: [0, 1] },
    { kind: 'near', images: [2, 4], origins: [0, 2] },
    { kind: 'person', images: [1, 2, 4], origins: [0, 0, 2] },
    { kind: 'person', images: [3, 5], origins: [1, 2] },
  ])
})

it('finds nothing within one origin', () => {
  const images = [1, 2].map((at) => make(at, `train/${at}.jpg`, { fileSha256: 'same', personId: 1 }))
  expect(findShared(images).groups).toEqual([])
})
