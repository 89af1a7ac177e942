/** Just enough of the zip format (PKWARE APPNOTE 6.3) to read what `torch.save` writes: stored or deflated, zip64. */
import { crc32, inflateRawSync } from 'node:zlib'
import type { Refuse } from './weight-file.ts'

interface Entry {
  readonly name: string
  readonly method: number
  readonly crc: number
  readonly compressedBytes: number
  readonly bytes: number
  readonly headerAt: number
}

export interface ZipArchive {
  readonly names: readonly string[]
  has(name: string): boolean
  /** The declared size after inflating. */
  sizeOf(name: string): number
  /** The content, checked against size and CRC. A stored entry is a view on the file. */
  read(name: string): Uint8Array
}

const endSignature = 0x06054b50
const end64Signature = 0x06064b50
const locator64Signature = 0x07064b50
const entrySignature = 0x02014b50
const headerSignature = 0x04034b50
const endBytes = 22
const entryBytes = 46
const headerBytes = 30
const longestComment = 0xffff
const in64 = 0xffffffff
const maximalEntries = 100_000
/** Inflated in all: PyTorch stores without compression, so a larger sum is no weight file but a bomb. */
const inflateBudget = 1 << 30

export function isZip(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4
}

interface Directory {
  readonly count: number
  readonly start: number
  readonly bytes: number
}

function readBig(view: DataView, at: number): number {
  // Anything beyond 2^53 fails the comparison with the file's length that follows.
  return Number(view.getBigUint64(at, true))
}

function findDirectory(view: DataView, refuse: Refuse): Directory {
  const length = view.byteLength
  const first = Math.max(0, length - endBytes - longestComment)
  let at = length - endBytes
  while (at >= first && view.getUint32(at, true) !== endSignature) at--
  if (at < first) return refuse('the file is cut off or damaged: its table of contents is missing')
  const directory = {
    count: view.getUint16(at + 10, true),
    bytes: view.getUint32(at + 12, true),
    start: view.getUint32(at + 16, true),
  }
  const locatorAt = at - 20
  if (locatorAt < 0 || view.getUint32(locatorAt, true) !== locator64Signature) return directory
  const at64 = readBig(view, locatorAt + 8)
  if (at64 + 56 > locatorAt || view.getUint32(at64, true) !== end64Signature)
    return refuse('the file is damaged: its zip64 table of contents is missing')
  return {
    count: readBig(view, at64 + 32),
    bytes: readBig(view, at64 + 40),
    start: readBig(view, at64 + 48),
  }
}

/** Takes the 64-bit sizes from the extra field 1; those stand there, in this order, whose 32-bit field is full. */
function widen(view: DataView, extra: { start: number; end: number }, fields: number[]): number[] {
  let at = extra.start
  while (at + 4 <= extra.end) {
    const size = view.getUint16(at + 2, true)
    if (view.getUint16(at, true) === 1) {
      let from = at + 4
      const end = Math.min(from + size, extra.end)
      return fields.map((value) => {
        if (value !== in64 || from + 8 > end) return value
        from += 8
        return readBig(view, from - 8)
      })
    }
    at += 4 + size
  }
  return fields
}

function readEntries(view: DataView, refuse: Refuse): Map<string, Entry> {
  const { count, start, bytes } = findDirectory(view, refuse)
  const end = start + bytes
  if (count > maximalEntries) refuse(`the archive claims ${count} entries, more than ${maximalEntries}`)
  if (end > view.byteLength) refuse('the file is damaged: its table of contents lies beyond its end')
  const entries = new Map<string, Entry>()
  let at = start
  for (let index = 0; index < count; index++) {
    if (at + entryBytes > end || view.getUint32(at, true) !== entrySignature)
      return refuse(`the file is damaged: entry ${index} of its table of contents cannot be read`)
    const nameEnd = at + entryBytes + view.getUint16(at + 28, true)
    const extraEnd = nameEnd + view.getUint16(at + 30, true)
    if (extraEnd > end)
      return refuse(`the file is damaged: entry ${index} of its table of contents is cut off`)
    const name = new TextDecoder().decode(
      new Uint8Array(view.buffer, view.byteOffset + at + entryBytes, nameEnd - at - entryBytes),
    )
    const [size = 0, compressedBytes = 0, headerAt = 0] = widen(view, { start: nameEnd, end: extraEnd }, [
      view.getUint32(at + 24, true),
      view.getUint32(at + 20, true),
      view.getUint32(at + 42, true),
    ])
    if (view.getUint16(at + 8, true) & 1) refuse(`the entry ${name} is encrypted`)
    if (entries.has(name)) refuse(`the archive holds ${name} twice`)
    const method = view.getUint16(at + 10, true)
    const crc = view.getUint32(at + 16, true)
    entries.set(name, { name, method, crc, compressedBytes, bytes: size, headerAt })
    at = extraEnd + view.getUint16(at + 32, true)
  }
  return entries
}

function locateContent(view: DataView, entry: Entry, refuse: Refuse): Uint8Array {
  const { name, headerAt, compressedBytes } = entry
  if (headerAt + headerBytes > view.byteLength || view.getUint32(headerAt, true) !== headerSignature)
    return refuse(`the file is damaged: ${name} is not where its table of contents says`)
  const start =
    headerAt + headerBytes + view.getUint16(headerAt + 26, true) + view.getUint16(headerAt + 28, true)
  if (start + compressedBytes > view.byteLength) return refuse(`the file is cut off in ${name}`)
  return new Uint8Array(view.buffer, view.byteOffset + start, compressedBytes)
}

function inflate(packed: Uint8Array, { name, bytes }: Entry, refuse: Refuse): Uint8Array {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, bytes) })
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return refuse(`${name} cannot be unpacked to the ${bytes} bytes it claims (${error.message})`)
  }
}

/** Reads the table of contents; contents are read one by one, each bounded by what it declares and by a sum. */
export function openZip(bytes: Uint8Array, refuse: Refuse): ZipArchive {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < endBytes) refuse('the file is cut off: its table of contents is missing')
  const entries = readEntries(view, refuse)
  const find = (name: string): Entry => entries.get(name) ?? refuse(`the archive has no entry ${name}`)
  let inflated = 0
  return {
    names: [...entries.keys()],
    has: (name) => entries.has(name),
    sizeOf: (name) => find(name).bytes,
    read(name) {
      const entry = find(name)
      if (entry.method !== 0 && entry.method !== 8)
        return refuse(
          `${name} is packed by method ${entry.method}; only stored and deflated entries are read`,
        )
      const packed = locateContent(view, entry, refuse)
      if (entry.method === 8) {
        inflated += entry.bytes
        if (inflated > inflateBudget) return refuse(`its entries unpack to more than ${inflateBudget} bytes`)
      }
      const content = entry.method === 8 ? inflate(packed, entry, refuse) : packed
      if (content.length !== entry.bytes)
        return refuse(`the file is damaged: ${name} has ${content.length} bytes where ${entry.bytes} are due`)
      if (crc32(content) !== entry.crc) return refuse(`the file is damaged: the checksum of ${name} is wrong`)
      return content
    },
  }
}
