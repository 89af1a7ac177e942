import { existsSync } from 'node:fs'
import { appendFile, mkdir, readdir, readFile, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'

const checkBytes = 4

/**
 * What a job has worked out of images as far as it has come, in a file of the cache: one record of `numbers` floats for each image
 * and its CRC-32, in the order of the job's images. From the first record that was cut off or is damaged, all are made again.
 */
export class RecordFile {
  readonly #file: string
  readonly #floatBytes: number
  readonly #recordBytes: number

  /** @param file named by the hash of what the records are of */
  constructor(file: string, numbers: number) {
    this.#file = file
    this.#floatBytes = numbers * Float32Array.BYTES_PER_ELEMENT
    this.#recordBytes = this.#floatBytes + checkBytes
  }

  /** Whole records that stand, after what was cut off or damaged has gone. */
  async count(): Promise<number> {
    if (!existsSync(this.#file)) return 0
    const bytes = await readFile(this.#file)
    let records = 0
    while ((records + 1) * this.#recordBytes <= bytes.length) {
      const from = records * this.#recordBytes
      const content = bytes.subarray(from, from + this.#floatBytes)
      if (bytes.readUInt32LE(from + this.#floatBytes) !== crc32(content)) break
      records++
    }
    if (records * this.#recordBytes < bytes.length) await truncate(this.#file, records * this.#recordBytes)
    return records
  }

  /** @param records `[images, numbers]` */
  async append(records: Float32Array): Promise<void> {
    await mkdir(join(this.#file, '..'), { recursive: true })
    const bytes = Buffer.from(records.buffer, records.byteOffset, records.byteLength)
    const parts: Buffer[] = []
    for (let from = 0; from < bytes.length; from += this.#floatBytes) {
      const content = bytes.subarray(from, from + this.#floatBytes)
      const check = Buffer.alloc(checkBytes)
      check.writeUInt32LE(crc32(content))
      parts.push(content, check)
    }
    await appendFile(this.#file, Buffer.concat(parts))
  }

  /** `[images, numbers]` of the records that stand. */
  async read(): Promise<Float32Array> {
    const records = await this.count()
    const bytes = records === 0 ? Buffer.alloc(0) : await readFile(this.#file)
    const content = new Uint8Array(records * this.#floatBytes)
    for (let at = 0; at < records; at++) {
      const from = at * this.#recordBytes
      content.set(bytes.subarray(from, from + this.#floatBytes), at * this.#floatBytes)
    }
    return new Float32Array(content.buffer)
  }

  async remove(): Promise<void> {
    await rm(this.#file, { force: true })
  }
}

/** Lets go of records whose images may be erased: a job that is resumed makes them again. @param prefix of the files' names */
export async function dropRecordFiles(folder: string, prefix: string): Promise<void> {
  const names = existsSync(folder) ? await readdir(folder) : []
  const stored = names.filter((name) => name.startsWith(prefix))
  await Promise.all(stored.map((name) => rm(join(folder, name), { force: true })))
}
