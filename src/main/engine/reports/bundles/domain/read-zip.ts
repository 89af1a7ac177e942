import { crc32 } from 'node:zlib'
import type { ZipEntry } from './write-zip.ts'

/** More are in no bundle. */
const mostEntries = 1000
/** Folders and names of a bundle: no way out of it, no hidden file; names that differ by case alone are one. */
const namePattern = /^(?!.*(^|\/)\.)(?!.*\/\/)[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/
const entryBytes = 46
const headerBytes = 30
const endBytes = 22

/**
 * The entries of an archive as Evenhand writes it, or of one whose entries another program stored anew. Only stored entries are read, so that
 * nothing can unpack to more than the file is; every byte belongs to one entry or to the table of contents.
 * @param refuse says what is wrong with the archive, and throws
 */
export function readZip(bytes: Uint8Array, refuse: (reason: string) => never): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const at = bytes.length - endBytes
  if (at < 0 || view.getUint32(at, true) !== 0x06054b50)
    refuse(
      'it does not end as a zip file of Evenhand does: it was cut off, something was added to it, or it is another kind of file',
    )
  const count = view.getUint16(at + 10, true)
  const size = view.getUint32(at + 12, true)
  const start = view.getUint32(at + 16, true)
  if (view.getUint16(at + 8, true) !== count || view.getUint16(at + 20, true) !== 0)
    refuse('its end speaks of other volumes or of a comment')
  if (count > mostEntries) refuse(`it claims ${count} entries, more than ${mostEntries}`)
  if (start + size !== at) refuse('its table of contents is not where its end says')
  const entries: ZipEntry[] = []
  const names = new Set<string>()
  let from = start
  let next = 0
  for (let index = 0; index < count; index++) {
    if (from + entryBytes > at || view.getUint32(from, true) !== 0x02014b50)
      refuse(`entry ${index + 1} of its table of contents cannot be read`)
    const end = from + entryBytes + view.getUint16(from + 28, true)
    if (end > at) refuse(`entry ${index + 1} of its table of contents is cut off`)
    const path = new TextDecoder().decode(bytes.subarray(from + entryBytes, end))
    if (!namePattern.test(path))
      refuse(`it holds an entry named ${JSON.stringify(path.slice(0, 200))}, which no bundle has`)
    if (names.has(path.toLowerCase())) refuse(`it holds ${path} twice`)
    const content = readEntry(bytes, view, { path, from, next, start }, refuse)
    names.add(path.toLowerCase())
    entries.push({ path, content })
    next = content.byteOffset - bytes.byteOffset + content.length
    from = end + view.getUint16(from + 30, true) + view.getUint16(from + 32, true)
  }
  if (from !== at) refuse('its table of contents holds more than its entries')
  if (next !== start) refuse('it holds bytes that belong to no entry')
  return entries
}

function readEntry(
  bytes: Uint8Array,
  view: DataView,
  { path, from, next, start }: { path: string; from: number; next: number; start: number },
  refuse: (reason: string) => never,
): Uint8Array {
  const [encrypted, method] = [view.getUint16(from + 8, true) & 1, view.getUint16(from + 10, true)]
  const [crc, packed, size] = [16, 20, 24].map((offset) => view.getUint32(from + offset, true))
  if (encrypted !== 0) refuse(`${path} is encrypted`)
  if (method !== 0 || packed !== size)
    refuse(
      `${path} is compressed, claiming ${size} bytes of ${packed}: bundles are stored as they are. If another program packed it anew, ask for the file as it was written`,
    )
  const header = view.getUint32(from + 42, true)
  if (header !== next) refuse(`${path} does not follow the entry before it`)
  if (header + headerBytes > start || view.getUint32(header, true) !== 0x04034b50)
    refuse(`${path} is not where the table of contents says`)
  const nameEnd = header + headerBytes + view.getUint16(header + 26, true)
  const own = new TextDecoder().decode(bytes.subarray(header + headerBytes, Math.min(nameEnd, start)))
  if (own !== path) refuse(`${path} is called ${JSON.stringify(own.slice(0, 200))} where it lies`)
  const content = nameEnd + view.getUint16(header + 28, true)
  if (content + (size ?? 0) > start) refuse(`${path} is cut off`)
  const found = bytes.subarray(content, content + (size ?? 0))
  if (crc32(found) !== crc) refuse(`the checksum of ${path} is wrong`)
  return found
}
