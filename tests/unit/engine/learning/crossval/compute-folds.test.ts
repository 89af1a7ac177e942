import { describe, expect, it } from 'vitest'
import { computeFolds } from '#engine/learning/crossval/compute-folds.ts'
import type { FoldSourceImage } from '#engine/learning/crossval/fold-source.repo.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { createRandom } from '#engine/base/kernel/random.ts'

const rules = { splitHash: 'a'.repeat(64), folds: 5, seed: 1 }

/** Persons of one to four images each, of two races and three bins of age; every tenth image has a twin elsewhere. */
function makeImages(count: number): FoldSourceImage[] {
  const random = createRandom(3, ['folds'])
  const images: FoldSourceImage[] = []
  for (let person = 0; images.length < count; person++) {
    const race = random.int(0, 2) === 0 ? 'Black' : 'White'
    const gender = random.int(0, 1) === 0 ? 'Male' : 'Female'
    for (let shot = random.int(1, 4); shot > 0; shot--) {
      const imageId = images.length + 1
      const twin = imageId % 10 === 0 ? images[random.int(0, images.length - 1)] : undefined
      images.push({
        imageId,
        dataset: 'Set',
        path: `${imageId}.jpg`,
        fileSha256: hashBytes(`file ${imageId}`),
        pixelSha256: twin?.pixelSha256 ?? hashBytes(`pixels ${imageId}`),
        identity: person % 3 === 0 ? null : person,
        groupKey: `person ${person}`,
        race,
        gender,
        ageBin: ['0-2', '20-29', '70+'][random.int(0, 2)] ?? null,
      })
    }
  }
  return images
}

const images = makeImages(600)
const foldsOf = (sources: readonly FoldSourceImage[], key: (image: FoldSourceImage) => unknown) => {
  const { imageIds, foldOf } = computeFolds(sources, rules)
  const folds = new Map(Array.from(imageIds, (imageId, at) => [imageId, foldOf[at]]))
  const grouped = Map.groupBy(sources, key)
  return [...grouped].map(([value, members]) => ({
    value,
    folds: new Set(members.map(({ imageId }) => folds.get(imageId))),
  }))
}

describe('folds', () => {
  it('never cut a person, a group of the split, or images of the same pixels', () => {
    const keys = [
      (image: FoldSourceImage) => image.groupKey,
      (image: FoldSourceImage) => image.identity ?? `none ${image.imageId}`,
      (image: FoldSourceImage) => image.pixelSha256,
    ]
    for (const key of keys) {
      expect(foldsOf(images, key).filter(({ folds }) => folds.size !== 1)).toEqual([])
    }
  })

  it('are of one size and close to the whole in their distribution', () => {
    const { figures } = computeFolds(images, rules)
    expect(figures.reduce((sum, fold) => sum + fold.images, 0)).toBe(images.length)
    for (const fold of figures) {
      expect(Math.abs(fold.images - images.length / rules.folds)).toBeLessThanOrEqual(2)
      expect(fold.totalVariation).toBeLessThan(0.1)
    }
  })

  it('are the same for any order of the images, and other ones for another seed', () => {
    const shuffled = createRandom(9).shuffle([...images])
    expect(computeFolds(shuffled, rules)).toEqual(computeFolds(images, rules))
    expect(computeFolds(images, { ...rules, seed: 2 }).hash).not.toBe(computeFolds(images, rules).hash)
  })

  it('are refused where there are fewer groups than folds', () => {
    expect(() => computeFolds(images.slice(0, 3), { ...rules, folds: 4 })).toThrow('Ask for fewer folds')
  })
})
