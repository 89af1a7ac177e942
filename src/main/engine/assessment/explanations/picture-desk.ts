import { LRUCache } from 'lru-cache'
import { AppError } from '#shared/contract/errors.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'

/** A few photographs of a large camera. */
const bytesKept = 128 * 1024 * 1024

/**
 * The pictures that a window asked about last, in memory alone: what it asks more about one, it asks by the SHA-256 of its file and need
 * not send it again.
 */
export class PictureDesk {
  readonly #pictures = new LRUCache<string, Uint8Array>({
    maxSize: bytesKept,
    sizeCalculation: (bytes) => Math.max(1, bytes.length),
  })

  /** @returns the SHA-256 of the file */
  keep(bytes: Uint8Array): string {
    const sha256 = hashBytes(bytes)
    this.#pictures.set(sha256, bytes)
    return sha256
  }

  /** Throws NOT_FOUND for one that was not asked about, or long ago. */
  get(sha256: string): Uint8Array {
    const bytes = this.#pictures.get(sha256)
    if (bytes !== undefined) return bytes
    throw new AppError(
      'NOT_FOUND',
      'This picture is no longer held in memory, which is the only place where it was. Drop it again.',
    )
  }

  clear(): void {
    this.#pictures.clear()
  }
}
