import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '#shared/contract/errors.ts'
import { splitStratum } from '#shared/contract/split.contract.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { computeSplit, readGroupKey, splitParts } from '#engine/data/splits/compute-split.ts'
import { groupImages } from '#engine/data/splits/domain/group-images.ts'
import { planSplit } from '#engine/data/splits/domain/plan-split.ts'
import { buildStrata, measureTotalVariation } from '#engine/data/splits/domain/split-strata.ts'
import type { SplitSourceImage } from '#engine/data/splits/split-source.repo.ts'

const ratios = { train: 0.8, val: 0.1, test: 0.1 }

function makeImage(
  index: number,
  {
    file = index,
    pixels = index,
    ...rest
  }: Partial<SplitSourceImage> & { file?: number; pixels?: number } = {},
): SplitSourceImage {
  return {
    imageId: index + 1,
    dataset: 'faces',
    scheme: 'fairface7',
    path: `${index}.jpg`,
    fileSha256: hashBytes(`file ${file}`),
    pixelSha256: hashBytes(`pixels ${pixels}`),
    identity: null,
    near: null,
    isCompared: true,
    person: null,
    race: 'White',
    gender: 'Male',
    ageBin: '20-29',
    ageYears: 24,
    ...rest,
  }
}

/** Few values per field, so that identities, files, pixels and cells meet often and in chains. */
const anyImages = fc
  .array(
    fc.record({
      file: fc.integer({ min: 0, max: 60 }),
      pixels: fc.integer({ min: 0, max: 60 }),
      identity: fc.option(fc.integer({ min: 1, max: 40 }), { nil: null, freq: 2 }),
      dataset: fc.constantFrom('a', 'b'),
      race: fc.constantFrom('White', 'Black', 'Indian', null),
      gender: fc.constantFrom('Male', 'Female', null),
      ageBin: fc.constantFrom('3-9', '20-29', '70+', null),
    }),
    { minLength: 3, maxLength: 80 },
  )
  .map((rows) => rows.map((row, index) => makeImage(index, row)))

const partsOf = (images: readonly SplitSourceImage[], seed = 1) => {
  const { imageIds, partOf, groupOf, groupKeys, ...figures } = computeSplit(images, {
    ratios,
    seed,
    strata: [...splitStratum.options],
    keepTest: null,
  })
  const byId = new Map(
    Array.from(imageIds, (imageId, index) => [
      imageId,
      { part: splitParts[partOf[index] ?? -1], group: readGroupKey(groupKeys, groupOf[index] ?? -1) },
    ]),
  )
  return { ...figures, byId }
}

const isTooSmall = (error: unknown) => error instanceof AppError && error.code === 'PRECONDITION'

/** Splits, or skips the example where there are too few groups for three parts. */
function splitIfPossible(images: readonly SplitSourceImage[], seed = 1) {
  try {
    return partsOf(images, seed)
  } catch (error) {
    fc.pre(!isTooSmall(error))
    throw error
  }
}

describe('total variation', () => {
  it('is half the sum of differences in shares: 0 for equal parts, 1 for disjoint and empty ones', () => {
    const races = ['White', 'White', 'White', 'Black', 'Black', 'Black', 'Indian', 'Indian']
    const strata = buildStrata(races.map((race, index) => makeImage(index, { race })))
    const measure = (...partOf: number[]) => measureTotalVariation(strata, Uint8Array.from(partOf), 3)
    // The whole: 3/8, 3/8, 2/8. Part 0: 3/4, 1/4, 0. Part 1: 0, 2/4, 2/4.
    expect(measure(0, 0, 0, 0, 1, 1, 1, 1)).toEqual([0.375, 0.375, 1])
    expect(measure(0, 0, 0, 0, 0, 0, 0, 0)).toEqual([0, 1, 1])
    expect(measure(0, 0, 0, 1, 1, 1, 2, 2)).toEqual([0.625, 0.625, 0.75])
  })
})

describe('a split', () => {
  it('never puts an identity, a file or identical pixels into two parts', () => {
    fc.assert(
      fc.property(anyImages, (images) => {
        const { byId } = splitIfPossible(images)
        const keys = [
          (image: SplitSourceImage) => image.fileSha256,
          (image: SplitSourceImage) => image.pixelSha256,
          (image: SplitSourceImage) => image.identity,
        ]
        for (const key of keys) {
          const seen = new Map<string | number, string | undefined>()
          for (const image of images) {
            const value = key(image)
            if (value === null) continue
            const part = byId.get(image.imageId)?.part
            expect(seen.get(value) ?? part).toBe(part)
            seen.set(value, part)
          }
        }
      }),
    )
  })

  it('puts every image into exactly one part, leaves none of the parts empty, and counts what it holds', () => {
    fc.assert(
      fc.property(anyImages, (images) => {
        const { byId, parts } = splitIfPossible(images)
        expect([...byId.keys()].sort((a, b) => a - b)).toEqual(images.map(({ imageId }) => imageId))
        for (const part of splitParts) {
          const members = [...byId.values()].filter((member) => member.part === part)
          expect(parts[part]).toEqual({
            images: members.length,
            groups: new Set(members.map(({ group }) => group)).size,
          })
          expect(members.length).toBeGreaterThan(0)
        }
      }),
    )
  })

  it('is the same for the same seed, in whatever order the images come and whatever ids they have', () => {
    fc.assert(
      fc.property(anyImages, fc.infiniteStream(fc.nat()), (images, keys) => {
        const expected = splitIfPossible(images)
        const shuffled = images
          .map((image) => ({ image, key: keys.next().value }))
          .sort((a, b) => a.key - b.key)
          .map(({ image }, index) => ({ ...image, imageId: index + 1000 }))
        const again = partsOf(shuffled)
        expect(again.hash).toBe(expected.hash)
        const partByPath = new Map(images.map((image) => [image.path, expected.byId.get(image.imageId)]))
        for (const image of shuffled)
          expect(again.byId.get(image.imageId)).toEqual(partByPath.get(image.path))
      }),
    )
  })

  it('differs with the seed, and its hash with it', () => {
    const images = Array.from({ length: 300 }, (_, index) => makeImage(index))
    const [one, again, two] = [1, 1, 2].map((seed) => partsOf(images, seed))
    expect(again).toEqual(one)
    expect(two?.byId).not.toEqual(one?.byId)
    expect(two?.hash).not.toBe(one?.hash)
  })

  it('has a hash that follows every label, path and file', () => {
    const images = Array.from({ length: 30 }, (_, index) => makeImage(index))
    const changes: Partial<SplitSourceImage>[] = [
      { race: 'Black' },
      { gender: null },
      { ageYears: 25 },
      { path: 'other.jpg' },
      { fileSha256: hashBytes('another file') },
    ]
    const hashes = changes.map(
      (change) => partsOf(images.map((image, index) => (index === 7 ? { ...image, ...change } : image))).hash,
    )
    expect(new Set([partsOf(images).hash, ...hashes]).size).toBe(changes.length + 1)
  })

  it('hits the ratios to the image where groups are single images', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 2000 }), fc.integer({ min: 0, max: 9 }), (count, seed) => {
        const images = Array.from({ length: count }, (_, index) =>
          makeImage(index, { race: (['White', 'Black', 'Indian'] as const)[index % 3] ?? null }),
        )
        const { parts } = partsOf(images, seed)
        for (const part of splitParts) {
          expect(Math.abs(parts[part].images - ratios[part] * count)).toBeLessThanOrEqual(1)
        }
      }),
      { numRuns: 25 },
    )
  })

  it('stays within half a group of the ratios where groups are large', () => {
    const images = Array.from({ length: 2000 }, (_, index) =>
      makeImage(index, { identity: 1 + Math.floor(index / 20) }),
    )
    const { parts } = partsOf(images)
    expect(parts).toEqual({
      train: { images: 1600, groups: 80 },
      val: { images: 200, groups: 10 },
      test: { images: 200, groups: 10 },
    })
  })

  it('spreads large and small groups alike, so that a small part does not consist of few people', () => {
    const identityOf = Array.from({ length: 600 }, (_, person) =>
      Array.from({ length: person % 10 === 0 ? 12 : 1 + (person % 3) }, () => person + 1),
    ).flat()
    const images = identityOf.map((identity, index) =>
      makeImage(index, { identity, gender: identity % 2 ? 'Male' : 'Female' }),
    )
    const { parts } = partsOf(images)
    for (const part of ['val', 'test'] as const)
      expect(Math.abs(parts[part].groups - 60)).toBeLessThanOrEqual(3)
  })

  it('cuts every cell as evenly as whole images allow', () => {
    const races = ['White', 'Black', 'Indian', 'Middle Eastern', null]
    const images = Array.from({ length: 5000 }, (_, index) =>
      makeImage(index, {
        race: races[Math.floor(Math.sqrt(index * 7919) % 5)] ?? null,
        gender: index % 3 === 0 ? 'Male' : 'Female',
        ageBin: index % 7 === 0 ? '70+' : '20-29',
      }),
    )
    const { totalVariation } = partsOf(images)
    // 20 cells: rounding moves at most half an image in each, out of 500.
    expect(Math.max(totalVariation.val, totalVariation.test)).toBeLessThanOrEqual((20 * 0.5) / 500)
  })

  it('says what is missing when there are fewer groups than parts', () => {
    const images = Array.from({ length: 9 }, (_, index) => makeImage(index, { identity: 1 + (index % 2) }))
    expect(() => partsOf(images)).toThrow(
      'A split needs at least 3 groups of images that belong together, one for each part; here are 9 images in 2 groups.',
    )
    expect(() => partsOf([])).toThrow('here are 0 images in 0 groups')
  })

  it('tells labels of two schemes in the common one, where what has no counterpart is missing', () => {
    const images = Array.from({ length: 40 }, (_, index) =>
      makeImage(index, index < 20 ? { scheme: 'utkface5', race: index % 2 ? 'Asian' : 'Black' } : {}),
    )
    const { labelScheme, labels, labelOf } = partsOf(images)
    expect(labelScheme).toBe('fairface7')
    expect(labels.race.toSorted()).toEqual(['Black', 'White'])
    expect(labelOf.race.filter((code) => code === -1)).toHaveLength(10)
    expect(partsOf(images.slice(0, 20)).labelScheme).toBe('utkface5')
  })

  it('refuses to mix the synthetic sample with faces', () => {
    const images = Array.from({ length: 10 }, (_, index) =>
      makeImage(index, index < 5 ? { scheme: 'sample', race: 'Plain ring' } : {}),
    )
    expect(() => partsOf(images)).toThrow('The synthetic sample and data sets of faces cannot share a split')
  })
})

describe('grouping', () => {
  it('joins through chains of identity, file and pixels', () => {
    const groups = groupImages([
      { fileSha256: 'f1', pixelSha256: 'p1', identity: 1 },
      { fileSha256: 'f2', pixelSha256: 'p2', identity: null },
      { fileSha256: 'f3', pixelSha256: 'p2', identity: 2 },
      { fileSha256: 'f4', pixelSha256: 'p4', identity: 1 },
      { fileSha256: 'f4', pixelSha256: 'p5', identity: 2 },
      { fileSha256: 'f6', pixelSha256: 'p6', identity: null },
    ])
    expect(groups).toEqual({ groupOf: Int32Array.from([0, 0, 0, 0, 0, 1]), count: 2 })
  })
})

describe('planning', () => {
  it('works with any number of parts, as cross-validation folds want', () => {
    const images = Array.from({ length: 500 }, (_, index) =>
      makeImage(index, { identity: 1 + Math.floor(index / 3), race: index % 4 ? 'White' : 'Black' }),
    )
    const strata = buildStrata(images)
    const folds = planSplit(groupImages(images), strata, { ratios: [0.2, 0.2, 0.2, 0.2, 0.2], seed: 3 })
    const sizes = [0, 1, 2, 3, 4].map((fold) => folds.filter((part) => part === fold).length)
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(3)
    expect(Math.max(...measureTotalVariation(strata, folds, 5))).toBeLessThan(0.02)
  })

  it('plans 200,000 images with people of several images in a few thousand kinds of groups', () => {
    const races = ['White', 'Black', 'Indian', 'East Asian', 'Middle Eastern']
    const images = Array.from({ length: 200_000 }, (_, index) => {
      const person = Math.floor(index / 2.5)
      return {
        dataset: 'faces',
        race: races[person % 5] ?? null,
        gender: person % 2 ? 'Male' : 'Female',
        ageBin: `${(index * 31) % 9}`,
        fileSha256: String(index),
        pixelSha256: String(index),
        identity: person,
      }
    })
    const strata = buildStrata(images)
    const partOf = planSplit(groupImages(images), strata, { ratios: [0.8, 0.1, 0.1], seed: 1 })
    const sizes = [0, 1, 2].map((part) => partOf.filter((value) => value === part).length)
    expect(sizes).toEqual([160_000, 20_000, 20_000])
    expect(Math.max(...measureTotalVariation(strata, partOf, 3))).toBeLessThan(0.005)
  })
})
