import { crc32 } from 'node:zlib'

export interface ZipEntry {
  /** With `/` between folders. */
  readonly path: string
  readonly content: Uint8Array
}

/** 1980-01-01, the first day that the format knows. */
const day = 0x21
/** Names in UTF-8. */
const flags = 0x0800

/**
 * An archive whose bytes hang on its entries alone: stored without compression, since what a compressor gives differs between its
 * versions, in the order given, with one fixed date. No zip64: below 4 GiB and 65,535 entries.
 * @returns the file in parts, to be written one after the other
 */
export function writeZip(entries: readonly ZipEntry[]): Uint8Array[] {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let at = 0
  for (const { path, content } of entries) {
    const name = Buffer.from(path)
    const crc = crc32(content)
    const header = Buffer.alloc(30)
    header.writeUInt32LE(0x04034b50, 0)
    header.writeUInt16LE(20, 4)
    writeFacts(header, 6, { crc, bytes: content.length, name: name.length })
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE(20, 4)
    central.writeUInt16LE(20, 6)
    writeFacts(central, 8, { crc, bytes: content.length, name: name.length })
    central.writeUInt32LE(at, 42)
    parts.push(header, name, content)
    directory.push(central, name)
    at += header.length + name.length + content.length
  }
  const bytes = directory.reduce((sum, part) => sum + part.length, 0)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(bytes, 12)
  end.writeUInt32LE(at, 16)
  return [...parts, ...directory, end]
}

/** What local headers and the table of contents both say, from the flags on. */
function writeFacts(
  into: Buffer,
  at: number,
  { crc, bytes, name }: { crc: number; bytes: number; name: number },
): void {
  into.writeUInt16LE(flags, at)
  into.writeUInt16LE(0, at + 2)
  into.writeUInt16LE(0, at + 4)
  into.writeUInt16LE(day, at + 6)
  into.writeUInt32LE(crc, at + 8)
  into.writeUInt32LE(bytes, at + 12)
  into.writeUInt32LE(bytes, at + 16)
  into.writeUInt16LE(name, at + 20)
}
