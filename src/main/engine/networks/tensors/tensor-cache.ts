import { open, mkdir, type FileHandle } from 'node:fs/promises'
import { readSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { preprocessingVersion } from '#engine/networks/architecture/resize-image.ts'
import { cropSource, type PictureView } from '#engine/networks/faces/crop-face.ts'

/** SHA-256 of the pixels, then the CRC-32 of the tensor. */
export const recordBytes = 36
const hashBytes = 32

/** What an entry is called whose picture was erased: no picture has these pixels. */
export const erasedEntry = '0'.repeat(2 * hashBytes)

export const tensorBytes = (inputSize: number): number => 3 * inputSize * inputSize

export interface TensorCachePaths {
  readonly tensors: string
  readonly index: string
}

const preprocessingOf = { whole: preprocessingVersion, face: cropSource } as const

/** What stands for a picture in which no face was found: no face is black all over. */
export const makeFacelessTensor = (inputSize: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(tensorBytes(inputSize))

/** The files of one view and working size; their names change with the preprocessing. */
export function locateTensorCache(
  cacheFolder: string,
  inputSize: number,
  view: PictureView = 'whole',
): TensorCachePaths {
  const version = createHash('sha256').update(preprocessingOf[view]).digest('hex').slice(0, 8)
  const stem = join(cacheFolder, `tensors-${inputSize}-${version}`)
  return { tensors: `${stem}.bin`, index: `${stem}.index` }
}

/** Where one image's tensor stands in the cache, and what it must sum to. */
export interface TensorRow {
  readonly row: number
  readonly crc: number
}

/** The entries of an index file. */
export const listTensorRecords = (records: Buffer): (TensorRow & { readonly pixelSha256: string })[] =>
  Array.from({ length: Math.floor(records.length / recordBytes) }, (_, row) => {
    const record = records.subarray(row * recordBytes, (row + 1) * recordBytes)
    return { row, crc: record.readUInt32LE(hashBytes), pixelSha256: record.toString('hex', 0, hashBytes) }
  })

export interface NewTensor {
  readonly pixelSha256: string
  readonly tensor: Uint8Array
}

/**
 * Decoded images at one working size, `[3, size, size]` uint8 each, in one file that only grows. Killed while
 * appending, the next opening cuts both files back to their last whole entry.
 */
export class TensorCache implements AsyncDisposable {
  readonly paths: TensorCachePaths
  readonly #inputSize: number
  readonly #rows: Map<string, TensorRow>
  readonly #tensors: FileHandle
  readonly #index: FileHandle
  #count: number

  private constructor(state: {
    paths: TensorCachePaths
    inputSize: number
    rows: Map<string, TensorRow>
    count: number
    tensors: FileHandle
    index: FileHandle
  }) {
    this.paths = state.paths
    this.#inputSize = state.inputSize
    this.#rows = state.rows
    this.#count = state.count
    this.#tensors = state.tensors
    this.#index = state.index
  }

  static async open(
    cacheFolder: string,
    inputSize: number,
    view: PictureView = 'whole',
  ): Promise<TensorCache> {
    await mkdir(cacheFolder, { recursive: true })
    const paths = locateTensorCache(cacheFolder, inputSize, view)
    const tensors = await open(paths.tensors, 'a+')
    try {
      const index = await open(paths.index, 'a+')
      try {
        const records = await index.readFile()
        const { size } = await tensors.stat()
        const count = Math.min(
          Math.floor(records.length / recordBytes),
          Math.floor(size / tensorBytes(inputSize)),
        )
        await index.truncate(count * recordBytes)
        await tensors.truncate(count * tensorBytes(inputSize))
        const rows = new Map<string, TensorRow>()
        for (const { pixelSha256, ...at } of listTensorRecords(records.subarray(0, count * recordBytes)))
          rows.set(pixelSha256, at)
        return new TensorCache({ paths, inputSize, rows, count, tensors, index })
      } catch (cause) {
        await index.close()
        throw cause
      }
    } catch (cause) {
      await tensors.close()
      throw cause
    }
  }

  find(pixelSha256: string): TensorRow | undefined {
    return this.#rows.get(pixelSha256)
  }

  /** Forgets an entry whose bytes were found damaged, so that it is made again. */
  forget(pixelSha256: string): void {
    this.#rows.delete(pixelSha256)
  }

  /** Adds tensors and makes them durable before the index names them. */
  async append(added: readonly NewTensor[]): Promise<void> {
    if (added.length === 0) return
    const records = Buffer.alloc(added.length * recordBytes)
    added.forEach(({ pixelSha256, tensor }, position) => {
      if (tensor.length !== tensorBytes(this.#inputSize)) {
        throw new RangeError(`A tensor of ${tensor.length} bytes does not fit ${this.#inputSize} pixels`)
      }
      records.write(pixelSha256, position * recordBytes, 'hex')
      records.writeUInt32LE(crc32(tensor), position * recordBytes + hashBytes)
    })
    await this.#tensors.appendFile(Buffer.concat(added.map(({ tensor }) => tensor)))
    await this.#tensors.datasync()
    await this.#index.appendFile(records)
    await this.#index.datasync()
    added.forEach(({ pixelSha256 }, position) => {
      this.#rows.set(pixelSha256, {
        row: this.#count + position,
        crc: records.readUInt32LE(position * recordBytes + hashBytes),
      })
    })
    this.#count += added.length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tensors.close()
    await this.#index.close()
  }
}

/** Fills `into` with one tensor; false when the stored bytes are not those that were written. */
export function readTensor(descriptor: number, at: TensorRow, into: Uint8Array): boolean {
  const length = readSync(descriptor, into, 0, into.length, at.row * into.length)
  return length === into.length && crc32(into) === at.crc
}
