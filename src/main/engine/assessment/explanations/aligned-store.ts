import { existsSync } from 'node:fs'
import { appendFile, mkdir, readdir, readFile, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'

const prefix = 'group-maps-'

/**
 * Maps of images as far as a job has come, in a file of the cache: one record of `numbers` floats for each image, in the order of the job's
 * images. A record that was cut off is made again.
 */
export class AlignedStore {
  readonly #file: string
  readonly #recordBytes: number

  constructor(cacheFolder: string, jobId: number, numbers: number) {
    this.#file = join(cacheFolder, `${prefix}${jobId}.bin`)
    this.#recordBytes = numbers * Float32Array.BYTES_PER_ELEMENT
  }

  /** Whole records that stand, after what was cut off has gone. */
  async count(): Promise<number> {
    if (!existsSync(this.#file)) return 0
    const { length } = await readFile(this.#file)
    const records = Math.floor(length / this.#recordBytes)
    if (records * this.#recordBytes < length) await truncate(this.#file, records * this.#recordBytes)
    return records
  }

  async append(records: Float32Array): Promise<void> {
    await mkdir(join(this.#file, '..'), { recursive: true })
    await appendFile(this.#file, new Uint8Array(records.buffer, records.byteOffset, records.byteLength))
  }

  /** `[images, numbers]` */
  async read(): Promise<Float32Array> {
    const bytes = await readFile(this.#file)
    return new Float32Array(Uint8Array.from(bytes).buffer)
  }

  async remove(): Promise<void> {
    await rm(this.#file, { force: true })
  }
}

/** Maps of images that may be erased: a job that is resumed makes them again. */
export async function dropAligned(cacheFolder: string): Promise<void> {
  const names = existsSync(cacheFolder) ? await readdir(cacheFolder) : []
  const stored = names.filter((name) => name.startsWith(prefix))
  await Promise.all(stored.map((name) => rm(join(cacheFolder, name), { force: true })))
}
