import { createHash } from 'node:crypto'
import { openSync, closeSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { trainConfig, type TrainConfig } from '#shared/contract/train-config.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { copyAugmented } from '#engine/learning/training/domain/augment.ts'
import { cropPadding, planEpoch } from '#engine/learning/training/domain/epoch-plan.ts'
import { planSampling, sampleOnce } from '#engine/learning/training/domain/sampling.ts'
import { readTensor, TensorCache } from '#engine/networks/tensors/tensor-cache.ts'
import { TensorReader } from '#engine/networks/tensors/tensor-reader.ts'
import { openFeeder, type FeederConfig, type FeederInput } from '#engine/learning/training/training-feeder.ts'
import type { TrainBatch } from '#engine/networks/architecture/training-engine.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'

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
  const sampling = sampleOnce(100)

  it('takes every image once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 300 }),
        fc.nat(),
        fc.integer({ min: 1, max: 50 }),
        (count, seed, epoch) => {
          const plan = planEpoch({ sampling: sampleOnce(count), seed, epoch, flip: true, padding: 3 })
          expect(plan.map(({ index }) => index).sort((a, b) => a - b)).toEqual([...Array(count).keys()])
        },
      ),
    )
  })

  it('is the same for the same seed and epoch, and another for any other', () => {
    const options = { sampling, seed: 7, epoch: 3, flip: true, padding: 6 }
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
    const plan = planEpoch({ sampling: sampleOnce(2000), seed: 1, epoch: 1, flip: true, padding: 6 })
    const flipped = plan.filter(({ isFlipped }) => isFlipped).length
    expect(flipped).toBeGreaterThan(850)
    expect(flipped).toBeLessThan(1150)
    expect(new Set(plan.map(({ offsetX }) => offsetX))).toEqual(new Set(Array(13).keys()))
    const plain = planEpoch({ sampling, seed: 1, epoch: 1, flip: false, padding: 0 })
    expect(
      plain.every(({ isFlipped, offsetX, offsetY }) => !isFlipped && offsetX === 0 && offsetY === 0),
    ).toBe(true)
  })

  it('pads by a tenth of the side', () => {
    expect([32, 64, 224].map(cropPadding)).toEqual([3, 6, 22])
  })
})

describe('flip and crop from the padding', () => {
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

const workers = locateWorkers(new URL('../../../../../src/main/cli.ts', import.meta.url).href)
const images = 11
const { augmentation, ...choices } = trainConfig.parse({ splitId: 1, seed: 5, epochs: 3, batchSize: 4 })
const everything: TrainConfig['augmentation'] = {
  flip: true,
  crop: 'resized',
  minArea: 0.3,
  brightness: 0.4,
  contrast: 0.4,
  saturation: 0.4,
  erasing: 0.5,
}

/** Each image has its number as gender and its tenfold as years. */
async function describeFeed(folder: string, changes: Partial<FeederConfig> = {}): Promise<FeederInput> {
  await fillCache(folder, images)
  await using cache = await TensorCache.open(folder, size)
  const numbers = Array.from({ length: images }, (_, seed) => seed)
  const rows = numbers.map((seed) => cache.find(hashOf(seed))).filter((row) => row !== undefined)
  const labels = new Map<Task, Int32Array>([['gender', Int32Array.from(numbers)]])
  return {
    tensorsFile: cache.paths.tensors,
    data: { rows, labels, years: Float32Array.from(numbers, (seed) => (seed === 0 ? -1 : seed * 10.5)) },
    config: { ...choices, inputSize: size, augmentation, ...changes },
  }
}

async function readRun(input: FeederInput, threads: number, from = { epoch: 1, batch: 0 }) {
  await using feeder = openFeeder(input, { workers, threads })
  const batches: TrainBatch[] = []
  for (let { epoch, batch } = from; epoch <= input.config.epochs; epoch++, batch = 0) {
    for (; batch < feeder.batchesPerEpoch; batch++) batches.push(await feeder.nextBatch(epoch, batch))
  }
  return batches
}

const gendersOf = (batch: TrainBatch): number[] => [...(batch.labels.get('gender') ?? [])]

describe('the feeder', () => {
  it('gives each image with its label, and drops the last partial batch', async () => {
    using folder = makeTemporaryFolder()
    const plain = { ...augmentation, flip: false, crop: 'none' } as const
    const input = await describeFeed(folder.path, { augmentation: plain, epochs: 1 })
    const batches = await readRun(input, 0)
    expect(batches.map((batch) => gendersOf(batch).length)).toEqual([4, 4])
    expect(new Set(batches.flatMap(gendersOf)).size).toBe(8)
    for (const batch of batches) {
      expect(batch.images).toEqual(Uint8Array.from(gendersOf(batch).flatMap((seed) => [...makeImage(seed)])))
      expect(batch.years).toBeUndefined()
    }
  })

  it('gives a run with flip and crop from the padding the pixels that it has always had', async () => {
    using folder = makeTemporaryFolder()
    const hash = createHash('sha256')
    for (const batch of await readRun(await describeFeed(folder.path), 0)) hash.update(batch.images)
    // Of the first version, which knew no other augmentation: a run started there goes on as it began.
    expect(hash.digest('hex')).toBe('cb03d0520cf3b5081ca6faec8f14cb83678f1c4ea103194be598077ec78a9f1f')
  })

  it.each([
    ['flip and crop from the padding', augmentation],
    ['everything', everything],
  ])('with %s gives the same bytes by any number of threads, wherever it starts', async (_, chosen) => {
    using folder = makeTemporaryFolder()
    const words = Array.from({ length: images }, (__, at) => ({
      age: null,
      gender: at % 3 === 0 ? 'a' : 'b',
      race: null,
    }))
    const input = {
      ...(await describeFeed(folder.path, { augmentation: chosen })),
      sampling: planSampling(words, {
        sampler: { kind: 'shuffle', by: 'cell' },
        oversampling: [{ task: 'gender', label: 'a', factor: 1.5 }],
      }),
    }
    const batches = await readRun(input, 0)
    expect(batches).toHaveLength(9)
    expect(new Set(batches.map(({ images: bytes }) => Buffer.from(bytes).toString('hex'))).size).toBe(9)
    expect(await readRun(input, 2)).toEqual(batches)
    for (const threads of [0, 1]) {
      expect(await readRun(input, threads, { epoch: 2, batch: 1 })).toEqual(batches.slice(4))
    }
  })

  it('starts over elsewhere when it is asked for another batch than the next', async () => {
    using folder = makeTemporaryFolder()
    const input = await describeFeed(folder.path)
    const batches = await readRun(input, 0)
    await using feeder = openFeeder(input, { workers, threads: 1 })
    for (const at of [3, 0, 1, 5, 5, 4]) {
      expect(await feeder.nextBatch(1 + Math.floor(at / 2), at % 2)).toEqual(batches[at])
    }
  })

  it('gives the ages in years when the age is trained in years, and their classes to a cross-entropy', async () => {
    using folder = makeTemporaryFolder()
    const age = { target: 'years', readOut: 'expected-years', loss: 'l1', huberDelta: 5 } as const
    const input = await describeFeed(folder.path, { age, epochs: 1 })
    const withBins = {
      ...input,
      data: {
        ...input.data,
        labels: new Map([...input.data.labels, ['age', new Int32Array(images)] as const]),
      },
    }
    const [batch] = await readRun(withBins, 1)
    if (batch === undefined) throw new Error('no batch')
    const yearsOf = (seed: number): number => (seed === 0 ? -1 : seed * 10.5)
    expect([...(batch.years ?? [])]).toEqual(gendersOf(batch).map(yearsOf))
    expect([...(batch.labels.get('age') ?? [])]).toEqual([0, 0, 0, 0])
    const byClass = {
      ...withBins,
      config: { ...input.config, age: { ...age, loss: 'cross-entropy' } },
    } as const
    for (const classified of await readRun(byClass, 1)) {
      expect([...(classified.labels.get('age') ?? [])]).toEqual(
        gendersOf(classified).map((seed) => Math.min(100, Math.floor(yearsOf(seed)))),
      )
    }
    const { years: _, ...ageless } = withBins.data
    expect(() => openFeeder({ ...withBins, data: ageless }, { workers, threads: 0 })).toThrow(RangeError)
  })

  it.each([0, 1])('with %d threads throws at the damaged batch and names the file', async (threads) => {
    using folder = makeTemporaryFolder()
    const input = await describeFeed(folder.path, { epochs: 1 })
    const [whole] = await readRun(input, 0)
    await using feeder = openFeeder(input, { workers, threads })
    const second = (await readRun(input, 0)).flatMap(gendersOf).slice(4)
    const descriptor = openSync(input.tensorsFile, 'r+')
    try {
      const row = input.data.rows[second[0] ?? 0]?.row ?? 0
      writeFileSync(descriptor, Buffer.concat([Buffer.from(makeImagesBefore(row)), Buffer.from('damage')]))
    } finally {
      closeSync(descriptor)
    }
    expect(await feeder.nextBatch(1, 0)).toEqual(whole)
    await expect(feeder.nextBatch(1, 1)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(input.tensorsFile),
    })
  })

  it.each([0, 1])('with %d threads says that the tensor cache is gone', async (threads) => {
    using folder = makeTemporaryFolder()
    const input = await describeFeed(folder.path)
    rmSync(input.tensorsFile)
    await using feeder = openFeeder(input, { workers, threads })
    await expect(feeder.nextBatch(1, 0)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining(input.tensorsFile),
    })
  })

  it('says so when its thread cannot run, and does not wait forever', async () => {
    using folder = makeTemporaryFolder()
    const input = await describeFeed(folder.path)
    const nowhere = locateWorkers(new URL('nowhere/cli.js', `file://${folder.path}/`).href)
    await using feeder = openFeeder(input, { workers: nowhere, threads: 1 })
    await expect(feeder.nextBatch(1, 0)).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringMatching(/^The worker "feed", which prepares the training images, failed: /),
    })
    await expect(feeder.nextBatch(1, 1)).rejects.toMatchObject({ code: 'INTERNAL' })
  })

  // Only Linux lists a process's open files.
  it.runIf(process.platform === 'linux')('closed while it prepares ahead, leaves no file open', async () => {
    using folder = makeTemporaryFolder()
    const input = await describeFeed(folder.path, { epochs: 50 })
    const countOpen = (): number =>
      readdirSync('/proc/self/fd').filter((name) => {
        try {
          return readlinkSync(join('/proc/self/fd', name)) === input.tensorsFile
        } catch {
          return false
        }
      }).length
    for (const threads of [0, 2]) {
      const feeder = openFeeder(input, { workers, threads })
      await feeder.nextBatch(1, 0)
      expect(countOpen()).toBeGreaterThan(0)
      await feeder[Symbol.asyncDispose]()
      expect(countOpen()).toBe(0)
    }
  })
})

/** The cache's first bytes, up to one of its rows. */
const makeImagesBefore = (row: number): number[] =>
  Array.from({ length: row }, (_, seed) => [...makeImage(seed)]).flat()
