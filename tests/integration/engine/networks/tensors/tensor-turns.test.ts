import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'
import { listTensorRecords, locateTensorCache } from '#engine/networks/tensors/tensor-cache.ts'
import { TensorService } from '#engine/networks/tensors/tensor.service.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { drawPicture } from '#tests/fixtures/labelled-project.ts'

const workers = locateWorkers(new URL('../../../../../src/main/cli.ts', import.meta.url).href)
const inputSize = 32

async function drawImages(folder: string, count: number) {
  mkdirSync(folder, { recursive: true })
  return Promise.all(
    Array.from({ length: count }, async (_, seed) => {
      const file = join(folder, `${seed}.png`)
      await drawPicture(file, { race: seed % 5, gender: seed % 2, seed })
      const fileSha256 = hashBytes(readFileSync(file))
      return { file, fileSha256, pixelSha256: fileSha256 }
    }),
  )
}

describe('decoded images that two jobs want at once', () => {
  it('are decoded once, and each is told where its own stand', async () => {
    using folder = makeTemporaryFolder()
    const cacheFolder = join(folder.path, 'cache')
    const images = await drawImages(join(folder.path, 'pictures'), 70)
    const service = new TensorService({ cacheFolder, workers, codec: 'sharp', cores: 2 })
    const phases: string[][] = [[], []]
    const signal = new AbortController().signal
    const [some, others] = await Promise.all(
      [images.slice(0, 50), images.slice(20)].map((wanted, job) =>
        service.prepare(wanted, {
          inputSize,
          signal,
          report: ({ phase }) => phases[job]?.push(phase),
        }),
      ),
    )
    const records = listTensorRecords(readFileSync(locateTensorCache(cacheFolder, inputSize).index))
    expect(records.map(({ pixelSha256 }) => pixelSha256)).toEqual(
      images.map(({ pixelSha256 }) => pixelSha256),
    )
    expect(some?.rows.map(({ row }) => row)).toEqual(Array.from({ length: 50 }, (_, row) => row))
    expect(others?.rows.map(({ row }) => row)).toEqual(Array.from({ length: 50 }, (_, row) => row + 20))
    expect(phases.map(([first]) => first)).toEqual([
      'Decoding images',
      'Waiting for another job that decodes images',
    ])
  })

  it('are not waited for by a job that is stopped meanwhile, and the one after it waits for both', async () => {
    using folder = makeTemporaryFolder()
    const images = await drawImages(join(folder.path, 'pictures'), 40)
    const service = new TensorService({
      cacheFolder: join(folder.path, 'cache'),
      workers,
      codec: 'sharp',
      cores: 2,
    })
    const stop = new AbortController()
    const options = { inputSize, report: () => undefined }
    const ends: string[] = []
    const first = service.prepare(images, { ...options, signal: new AbortController().signal })
    const stopped = service.prepare(images, { ...options, signal: stop.signal })
    const last = service.prepare(images, { ...options, signal: new AbortController().signal })
    void first.then(() => ends.push('first'))
    void last.then(() => ends.push('last'))
    stop.abort(new Error('stopped'))
    await expect(stopped).rejects.toThrow('stopped')
    expect(ends).toEqual([])
    await Promise.all([first, last])
    expect(ends).toEqual(['first', 'last'])
  })
})
