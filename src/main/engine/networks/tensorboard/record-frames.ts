import { crc32c, maskCrc } from './crc32c.ts'

const lengthBytes = 8
const crcBytes = 4
const headerBytes = lengthBytes + crcBytes

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const maskedCrc = (bytes: Uint8Array): number => maskCrc(crc32c(bytes))

/** One TFRecord: length, its masked CRC-32C, the payload, its masked CRC-32C; numbers little-endian. */
export function frameRecord(payload: Uint8Array): Uint8Array {
  const framed = new Uint8Array(headerBytes + payload.length + crcBytes)
  const view = viewOf(framed)
  view.setBigUint64(0, BigInt(payload.length), true)
  view.setUint32(lengthBytes, maskedCrc(framed.subarray(0, lengthBytes)), true)
  framed.set(payload, headerBytes)
  view.setUint32(headerBytes + payload.length, maskedCrc(payload), true)
  return framed
}

/** The payloads of a TFRecord file up to the first that is cut off or damaged, as TensorBoard reads it. */
export function* readRecords(bytes: Uint8Array): Generator<Uint8Array> {
  const view = viewOf(bytes)
  let at = 0
  while (at + headerBytes + crcBytes <= bytes.length) {
    const length = Number(view.getBigUint64(at, true))
    const start = at + headerBytes
    const end = start + length
    if (view.getUint32(at + lengthBytes, true) !== maskedCrc(bytes.subarray(at, at + lengthBytes))) return
    if (end + crcBytes > bytes.length) return
    const payload = bytes.subarray(start, end)
    if (view.getUint32(end, true) !== maskedCrc(payload)) return
    yield payload
    at = end + crcBytes
  }
}
