import { closeSync, openSync } from 'node:fs'
import { AppError } from '#shared/contract/errors.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import { readTensor, tensorBytes, type TensorRow } from './tensor-cache.ts'

/** Reads cached tensors by position, page by page, so that a set of any size needs the memory of one batch. */
export class TensorReader implements Disposable {
  readonly bytes: number
  readonly #file: string
  readonly #descriptor: number

  /** Throws NOT_FOUND when the cache is gone. */
  constructor(file: string, inputSize: number) {
    this.bytes = tensorBytes(inputSize)
    this.#file = file
    this.#descriptor = this.#attempt(() => openSync(file, 'r'))
  }

  /** Throws CONFLICT when the cached bytes are not those that were written. */
  read(at: TensorRow, into: Uint8Array): void {
    if (this.#attempt(() => readTensor(this.#descriptor, at, into))) return
    throw new AppError(
      'CONFLICT',
      `The tensor cache ${this.#file} is damaged at entry ${at.row}. Start again: damaged entries are made anew.`,
    )
  }

  /** `[rows, 3, size, size]` in the order given. */
  readAll(rows: readonly TensorRow[]): Uint8Array {
    const images = new Uint8Array(rows.length * this.bytes)
    rows.forEach((row, position) => {
      this.read(row, images.subarray(position * this.bytes, (position + 1) * this.bytes))
    })
    return images
  }

  #attempt<Result>(read: () => Result): Result {
    try {
      return read()
    } catch (error) {
      throw mapSystemError(error, { action: 'read', path: this.#file })
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor)
  }
}
