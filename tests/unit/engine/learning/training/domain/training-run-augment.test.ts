import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createRandom } from '#engine/base/kernel/random.ts'
import { augmentImage, type AugmentOptions } from '#engine/learning/training/domain/augment.ts'
import {
  adjustBrightness,
  adjustContrast,
  adjustSaturation,
  drawFactor,
} from '#engine/learning/training/domain/colour-jitter.ts'
import { copyResized, drawCrop, type Rectangle } from '#engine/learning/training/domain/crop-resized.ts'
import { drawErased, eraseWithNoise } from '#engine/learning/training/domain/erasing.ts'

const bytes = z.base64().transform((text) => Uint8Array.from(Buffer.from(text, 'base64')))
const side = z.int()
const golden = z
  .object({
    size: z.int(),
    image: bytes,
    adjusted: z.array(
      z.object({
        name: z.enum(['brightness', 'contrast', 'saturation']),
        factor: z.number(),
        torchvision: bytes,
        pillow: bytes,
      }),
    ),
    cropped: z.array(
      z.object({
        part: z.object({ left: side, top: side, width: side, height: side }),
        torchvision: z.array(z.number()),
        uint8: bytes,
        pillow: bytes,
      }),
    ),
  })
  .parse(
    JSON.parse(readFileSync(new URL('../../../../../oracles/golden/augment.json', import.meta.url), 'utf8')),
  )

const { size } = golden
const adjust = { brightness: adjustBrightness, contrast: adjustContrast, saturation: adjustSaturation }

const largestDifference = (ours: Uint8Array, theirs: ArrayLike<number>): number =>
  ours.reduce((largest, byte, at) => Math.max(largest, Math.abs(byte - (theirs[at] ?? Infinity))), 0)

function crop(part: Rectangle, isFlipped = false): Uint8Array {
  const data = new Uint8Array(3 * size * size)
  copyResized(golden.image, { data, at: 0 }, { part, size, isFlipped })
  return data
}

describe('colour jitter', () => {
  it.each(golden.adjusted)(
    '$name by $factor is torchvision’s to the byte',
    ({ name, factor, torchvision }) => {
      const image = golden.image.slice()
      adjust[name](image, factor)
      expect(largestDifference(image, torchvision)).toBe(0)
    },
  )

  // Pillow rounds its grey and the mean of it where torchvision cuts: a level each, times the factor's weight.
  it.each(golden.adjusted)('$name by $factor is Pillow’s to three levels', ({ name, factor, pillow }) => {
    const image = golden.image.slice()
    adjust[name](image, factor)
    expect(largestDifference(image, pillow)).toBeLessThanOrEqual(3)
  })

  it('by 1 changes nothing', () => {
    for (const change of Object.values(adjust)) {
      const image = golden.image.slice()
      change(image, 1)
      expect(image).toEqual(golden.image)
    }
  })

  it('draws its factors from 1 - range to 1 + range', () => {
    const random = createRandom(1)
    const factors = Array.from({ length: 2000 }, () => drawFactor(random, 0.4))
    expect(Math.min(...factors)).toBeGreaterThanOrEqual(0.6)
    expect(Math.min(...factors)).toBeLessThan(0.61)
    expect(Math.max(...factors)).toBeLessThanOrEqual(1.4)
    expect(Math.max(...factors)).toBeGreaterThan(1.39)
  })
})

describe('a resized crop', () => {
  it.each(golden.cropped)('of $part is torchvision’s, rounded', ({ part, torchvision }) => {
    // Half a level is the rounding, and a thousandth that of the golden file.
    expect(largestDifference(crop(part), torchvision)).toBeLessThanOrEqual(0.5011)
  })

  it.each(golden.cropped)(
    'of $part is Pillow’s and torchvision’s uint8 to one level',
    ({ part, ...theirs }) => {
      expect(largestDifference(crop(part), theirs.uint8)).toBeLessThanOrEqual(1)
      expect(largestDifference(crop(part), theirs.pillow)).toBeLessThanOrEqual(1)
    },
  )

  it('of the whole image is the image, and flipped it is mirrored', () => {
    const whole = { left: 0, top: 0, width: size, height: size }
    expect(crop(whole)).toEqual(golden.image)
    const mirrored = golden.image.map(
      (_, at) => golden.image[at - (at % size) + (size - 1 - (at % size))] ?? 0,
    )
    expect(crop(whole, true)).toEqual(mirrored)
  })

  it('lies within the image, with the area and aspect that were asked for', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 32, max: 256 }),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        (seed, side_, minArea) => {
          const { left, top, width, height } = drawCrop(createRandom(seed), { size: side_, minArea })
          expect(left + width).toBeLessThanOrEqual(side_)
          expect(top + height).toBeLessThanOrEqual(side_)
          // Half a pixel of rounding on each side.
          expect((width + 0.5) * (height + 0.5)).toBeGreaterThanOrEqual(minArea * side_ * side_)
          expect((width + 0.5) / (height - 0.5)).toBeGreaterThanOrEqual(3 / 4)
          expect((width - 0.5) / (height + 0.5)).toBeLessThanOrEqual(4 / 3)
        },
      ),
    )
  })

  it('is uniform in area down to the smallest', () => {
    const areas = Array.from({ length: 4000 }, (_, seed) => {
      const { width, height } = drawCrop(createRandom(seed), { size: 200, minArea: 0.2 })
      return (width * height) / 200 ** 2
    }).toSorted((a, b) => a - b)
    expect(areas[0]).toBeLessThan(0.21)
    expect(Math.abs((areas[1000] ?? 0) - 0.4)).toBeLessThan(0.03)
  })
})

describe('erasing', () => {
  it('takes as many images as its share says, and 2 to 20 % of each', () => {
    const shares = Array.from({ length: 3000 }, (_, seed) => {
      const part = drawErased(createRandom(seed), { size: 200, share: 0.3 })
      return part === null ? 0 : (part.width * part.height) / 200 ** 2
    })
    const erased = shares.filter((share) => share > 0)
    expect(Math.abs(erased.length / 3000 - 0.3)).toBeLessThan(0.03)
    expect(Math.min(...erased)).toBeGreaterThan(0.019)
    expect(Math.max(...erased)).toBeLessThan(0.201)
    expect(Math.abs(erased.reduce((sum, share) => sum + share, 0) / erased.length - 0.11)).toBeLessThan(0.01)
  })

  it('replaces its rectangle by noise and leaves the rest', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 32, max: 96 }), (seed, side_) => {
        const image = new Uint8Array(3 * side_ * side_).fill(200)
        const part = drawErased(createRandom(seed), { size: side_, share: 1 })
        if (part === null) throw new Error('nothing is erased')
        eraseWithNoise(image, { part, size: side_, random: createRandom(seed, ['noise']) })
        const isInside = (at: number) => {
          const [x, y] = [at % side_, Math.floor(at / side_) % side_]
          return x >= part.left && x < part.left + part.width && y >= part.top && y < part.top + part.height
        }
        expect(image.every((byte, at) => byte === 200 || isInside(at))).toBe(true)
        const noise = image.filter((_, at) => isInside(at))
        expect(noise).toHaveLength(3 * part.width * part.height)
        // Of 256 values a uniform byte keeps the old one now and then.
        expect(noise.filter((byte) => byte === 200).length).toBeLessThan(5 + noise.length / 20)
      }),
      { numRuns: 30 },
    )
  })
})

describe('an augmented image', () => {
  const off = {
    flip: false,
    crop: 'none',
    minArea: 0.6,
    brightness: 0,
    contrast: 0,
    saturation: 0,
    erasing: 0,
  }
  const run = (changes: Partial<AugmentOptions>): Uint8Array => {
    const data = new Uint8Array(golden.image.length + 10).fill(7)
    const item = { index: 0, isFlipped: false, offsetX: 0, offsetY: 0 }
    augmentImage(
      golden.image,
      { data, at: 5 },
      {
        item,
        size,
        padding: 0,
        augmentation: { ...off, crop: 'none' },
        seed: 1,
        epoch: 1,
        position: 0,
        ...changes,
      },
    )
    expect([...data.subarray(0, 5), ...data.subarray(-5)]).toEqual(Array.from({ length: 10 }, () => 7))
    return data.slice(5, -5)
  }
  const choices = [
    { crop: 'resized' },
    { brightness: 0.5 },
    { contrast: 0.5 },
    { saturation: 0.5 },
    { erasing: 1 },
  ] as const

  it('is the image itself when nothing is asked for', () => {
    expect(run({})).toEqual(golden.image)
  })

  it.each(choices)(
    'by %o differs between epochs, seeds and positions, and is the same for the same',
    (choice) => {
      const augmentation = { ...off, crop: 'none', ...choice } as const
      const first = run({ augmentation })
      expect(run({ augmentation })).toEqual(first)
      expect(first).not.toEqual(golden.image)
      for (const other of [{ epoch: 2 }, { seed: 2 }, { position: 1 }]) {
        expect(run({ augmentation, ...other })).not.toEqual(first)
      }
    },
  )

  it('keeps the draws of one choice whatever the others are', () => {
    const cropped = run({ augmentation: { ...off, crop: 'resized' } })
    const both = run({ augmentation: { ...off, crop: 'resized', brightness: 0.5 } })
    adjustBrightness(cropped, drawFactor(createRandom(1, ['jitter', 1, 0]), 0.5))
    expect(both).toEqual(cropped)
  })
})
