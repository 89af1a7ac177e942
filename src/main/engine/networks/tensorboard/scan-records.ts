import type { FileHandle } from 'node:fs/promises'
import { crc32c, maskCrc } from './crc32c.ts'

const lengthBytes = 8
const crcBytes = 4
const headerBytes = lengthBytes + crcBytes
const chunkBytes = 2 ** 20
/** Larger records are images or graphs, never scalars; they are passed over unread. */
const largestRecord = 64 * 2 ** 20

export type ScannedRecord =
  | { readonly kind: 'record'; readonly offset: number; readonly payload: Uint8Array }
  /** `isEnd`: nothing behind it can be found. */
  | { readonly kind: 'damage'; readonly offset: number; readonly reason: string; readonly isEnd: boolean }

/** A file read forward in chunks, so that its size does not matter. */
class ChunkedReader {
  readonly #handle: FileHandle
  #buffer = new Uint8Array(chunkBytes)
  #from = 0
  #to = 0
  /** Byte of the file at which the next `take` begins. */
  offset = 0

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  /** The next bytes, fewer at the end of the file; they are valid until the next call. */
  async take(count: number): Promise<Uint8Array> {
    if (this.#to - this.#from < count) await this.#fill(count)
    const taken = this.#buffer.subarray(this.#from, Math.min(this.#to, this.#from + count))
    this.#from += taken.length
    this.offset += taken.length
    return taken
  }

  skip(count: number): void {
    this.#from = Math.min(this.#to, this.#from + count)
    this.offset += count
  }

  async #fill(count: number): Promise<void> {
    const rest = this.#buffer.slice(this.#from, this.#to)
    if (this.#buffer.length < count) this.#buffer = new Uint8Array(Math.max(count, chunkBytes))
    this.#buffer.set(rest)
    this.#from = 0
    this.#to = rest.length
    while (this.#to < count) {
      const position = this.offset + this.#to
      const { bytesRead } = await this.#handle.read(
        this.#buffer,
        this.#to,
        this.#buffer.length - this.#to,
        position,
      )
      if (bytesRead === 0) return
      this.#to += bytesRead
    }
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
const isIntact = (bytes: Uint8Array, crc: number): boolean => maskCrc(crc32c(bytes)) === crc

/**
 * The records of a TFRecord file of any size, in order. A record with a wrong checksum is told of and passed over; one
 * whose length cannot be trusted, or that is cut off, ends the file. A payload is valid until the next record.
 */
export async function* scanRecords(handle: FileHandle): AsyncGenerator<ScannedRecord, void, void> {
  const reader = new ChunkedReader(handle)
  const { size } = await handle.stat()
  for (;;) {
    const { offset } = reader
    const header = await reader.take(headerBytes)
    if (header.length === 0) return
    if (header.length < headerBytes) {
      yield { kind: 'damage', offset, reason: 'the record is cut off', isEnd: true }
      return
    }
    const view = viewOf(header)
    if (!isIntact(header.subarray(0, lengthBytes), view.getUint32(lengthBytes, true))) {
      yield { kind: 'damage', offset, reason: 'the checksum of its length is wrong', isEnd: true }
      return
    }
    const length = Number(view.getBigUint64(0, true))
    // Looked at before a byte of it is read or passed over: a length can claim more than any memory or file holds.
    if (reader.offset + length + crcBytes > size) {
      yield { kind: 'damage', offset, reason: 'the record is cut off', isEnd: true }
      return
    }
    if (length > largestRecord) {
      reader.skip(length + crcBytes)
      yield { kind: 'damage', offset, reason: `its ${length} bytes are too many for scalars`, isEnd: false }
      continue
    }
    const body = await reader.take(length + crcBytes)
    if (body.length < length + crcBytes) {
      yield { kind: 'damage', offset, reason: 'the record is cut off', isEnd: true }
      return
    }
    const payload = body.subarray(0, length)
    if (isIntact(payload, viewOf(body).getUint32(length, true))) yield { kind: 'record', offset, payload }
    else yield { kind: 'damage', offset, reason: 'its checksum is wrong', isEnd: false }
  }
}
