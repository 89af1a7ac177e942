import { openSync, closeSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '#shared/contract/errors.ts'
import { copyAugmented } from '#engine/training/domain/augment.ts'
import { cropPadding, planEpoch } from '#engine/training/domain/epoch-plan.ts'
import { readTensor, TensorCache } from '#engine/training/tensor-cache.ts'
import { TensorReader } from '#engine/training/tensor-reader.ts'
import { TrainingFeeder } from '#engine/training/training-feeder.ts'
import { makeTemporaryFolder } from '../fixtures/folders.ts'

const size = 8
const makeImage = (seed: number): Uint8Array =>
  Uint8Array.from({ length: 3 * size * size }, (_, index) => (index * 31 + seed * 57) % 256)

const hashOf = (seed: number): string => seed.toString(16).padStart(64, '0')

function augment(
  item: { isFlipped: boolean; offsetX: number; offsetY: number },
  padding: number,
): Uint8Array {
  const data = new Uint8Array(3 * size * size)
  copyAugmented(makeImage(1), { data, at: 0 }, { item: { index: 0, ...item }, size, padding })
  return data
}

describe('the plan of an epoch', () => {
  it('takes every image once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 300 }),
        fc.nat(),
        fc.integer({ min: 1, max: 50 }),
        (count, seed, epoch) => {
          const plan = planEpoch({ count, seed, epoch, flip: true, padding: 3 })
          expect(plan.map(({ index }) => index).sort((a, b) => a - b)).toEqual([...Array(count).keys()])
        },
      ),
    )
  })

  it('is the same for the same seed and epoch, and another for any other', () => {
    const options = { count: 100, seed: 7, epoch: 3, flip: true, padding: 6 }
    const plan = planEpoch(options)
    expect(planEpoch(options)).toEqual(plan)
    const orderOf = (items: typeof plan) => items.map(({ index }) => index)
    const drawsOf = (items: typeof plan) =>
      items.map(({ isFlipped, offsetX, offsetY }) => [isFlipped, offsetX, offsetY])
    for (const other of [planEpoch({ ...options, epoch: 4 }), planEpoch({ ...options, seed: 8 })]) {
      expect(orderOf(other)).not.toEqual(orderOf(plan))
      expect(drawsOf(other)).not.toEqual(drawsOf(plan))
    }
  })

  it('flips about half and crops everywhere within the padding, or not at all', () => {
    const plan = planEpoch({ count: 2000, seed: 1, epoch: 1, flip: true, padding: 6 })
    const flipped = plan.filter(({ isFlipped }) => isFlipped).length
    expect(flipped).toBeGreaterThan(850)
    expect(flipped).toBeLessThan(1150)
    expect(new Set(plan.map(({ offsetX }) => offsetX))).toEqual(new Set(Array(13).keys()))
    const plain = planEpoch({ count: 50, seed: 1, epoch: 1, flip: false, padding: 0 })
    expect(
      plain.every(({ isFlipped, offsetX, offsetY }) => !isFlipped && offsetX === 0 && offsetY === 0),
    ).toBe(true)
  })

  it('pads by a tenth of the side', () => {
    expect([32, 64, 224].map(cropPadding)).toEqual([3, 6, 22])
  })
})

describe('augmentation', () => {
  it('changes nothing when the crop is in the middle', () => {
    expect(augment({ isFlipped: false, offsetX: 2, offsetY: 2 }, 2)).toEqual(makeImage(1))
  })

  it('flipped twice is the image again', () => {
    const flipped = augment({ isFlipped: true, offsetX: 0, offsetY: 0 }, 0)
    expect(flipped).not.toEqual(makeImage(1))
    const again = new Uint8Array(flipped.length)
    const item = { index: 0, isFlipped: true, offsetX: 0, offsetY: 0 }
    copyAugmented(flipped, { data: again, at: 0 }, { item, size, padding: 0 })
    expect(again).toEqual(makeImage(1))
  })

  it('shifts, and mirrors at the border without repeating the border pixel', () => {
    const shifted = augment({ isFlipped: false, offsetX: 0, offsetY: 2 }, 2)
    expect([...shifted.subarray(0, size)]).toEqual([2, 1, 0, 1, 2, 3, 4, 5].map((x) => makeImage(1)[x]))
  })
})

async function fillCache(folder: string, count: number): Promise<void> {
  await using cache = await TensorCache.open(folder, size)
  await cache.append(
    Array.from({ length: count }, (_, seed) => ({ pixelSha256: hashOf(seed), tensor: makeImage(seed) })),
  )
}

describe('the tensor cache', () => {
  it('keeps tensors across openings', async () => {
    using folder = makeTemporaryFolder()
    await fillCache(folder.path, 5)
    await using cache = await TensorCache.open(folder.path, size)
    const at = cache.find(hashOf(3))
    expect(at?.row).toBe(3)
    using reader = new TensorReader(cache.paths.tensors, size)
    expect(reader.readAll(at === undefined ? [] : [at])).toEqual(makeImage(3))
    expect(cache.find(hashOf(9))).toBeUndefined()
  })

  it('cut anywhere, it opens with its whole entries and goes on from there', async () => {
    using folder = makeTemporaryFolder()
    await fillCache(folder.path, 3)
    const { paths } = await openAndClose(folder.path)
    // As after a kill between the two files, and in the middle of one.
    writeFileSync(paths.tensors, new Uint8Array(100), { flag: 'a' })
    writeFileSync(paths.index, new Uint8Array(10), { flag: 'a' })
    await using cache = await TensorCache.open(folder.path, size)
    await cache.append([{ pixelSha256: hashOf(7), tensor: makeImage(7) }])
    using reader = new TensorReader(cache.paths.tensors, size)
    const rows = [0, 1, 2, 7].map((seed) => cache.find(hashOf(seed)))
    expect(reader.readAll(rows.filter((row) => row !== undefined))).toEqual(
      Uint8Array.from([0, 1, 2, 7].flatMap((seed) => [...makeImage(seed)])),
    )
  })

  it('tells damaged bytes from whole ones', async () => {
    using folder = makeTemporaryFolder()
    await fillCache(folder.path, 2)
    await using cache = await TensorCache.open(folder.path, size)
    const first = cache.find(hashOf(0)) ?? { row: 0, crc: 0 }
    const descriptor = openSync(cache.paths.tensors, 'r')
    try {
      expect(readTensor(descriptor, first, new Uint8Array(makeImage(0).length))).toBe(true)
      expect(readTensor(descriptor, { ...first, row: 1 }, new Uint8Array(makeImage(0).length))).toBe(false)
    } finally {
      closeSync(descriptor)
    }
    using reader = new TensorReader(cache.paths.tensors, size)
    expect(() => reader.read({ ...first, row: 1 }, new Uint8Array(makeImage(0).length))).toThrow(AppError)
  })
})

async function openAndClose(folder: string): Promise<TensorCache> {
  await using cache = await TensorCache.open(folder, size)
  return cache
}

describe('the feeder', () => {
  it('gives equal batches whichever batch is asked for first, each image with its label, and drops the rest', async () => {
    using folder = makeTemporaryFolder()
    await fillCache(folder.path, 11)
    await using cache = await TensorCache.open(folder.path, size)
    using reader = new TensorReader(cache.paths.tensors, size)
    const rows = Array.from({ length: 11 }, (_, seed) => cache.find(hashOf(seed))).filter(
      (row) => row !== undefined,
    )
    const labels = new Map([['gender', Int32Array.from({ length: 11 }, (_, index) => index)] as const])
    const make = (augmentation = { flip: true, crop: true }) =>
      new TrainingFeeder({ rows, labels }, reader, { batchSize: 4, inputSize: size, seed: 5, augmentation })
    const whole = make()
    expect(whole.batchesPerEpoch).toBe(2)
    const batches = [whole.makeBatch(1, 0), whole.makeBatch(1, 1), whole.makeBatch(2, 0)]
    expect(make().makeBatch(2, 0)).toEqual(batches[2])
    expect(make().makeBatch(1, 1)).toEqual(batches[1])
    const plain = make({ flip: false, crop: false }).makeBatch(1, 0)
    const genders = plain.labels.get('gender') ?? []
    expect(plain.images).toEqual(Uint8Array.from([...genders].flatMap((seed) => [...makeImage(seed)])))
    expect(new Set(genders).size).toBe(4)
  })
})
