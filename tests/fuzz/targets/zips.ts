import { crc32, deflateRawSync } from 'node:zlib'
import { chance, pick, type Random } from '../../hostile/pick.ts'
import { pickledTensors, storedBytes } from './pickles.ts'

export interface ZipEntry {
  readonly name: string
  readonly content: Uint8Array
  readonly isDeflated?: boolean
}

/** What a record of an entry says; each may be made to say something else. */
interface EntryFacts {
  method: number
  flags: number
  crc: number
  packed: number
  size: number
  headerAt: number
  nameBytes: number
}

type Distort = (facts: EntryFacts, isDirectory: boolean) => EntryFacts

function writeRecord(facts: EntryFacts, name: Buffer, isDirectory: boolean): Buffer {
  const bytes = Buffer.alloc(isDirectory ? 46 : 30)
  bytes.writeUInt32LE(isDirectory ? 0x02014b50 : 0x04034b50, 0)
  const at = isDirectory ? 8 : 6
  bytes.writeUInt16LE(facts.flags & 0xffff, at)
  bytes.writeUInt16LE(facts.method & 0xffff, at + 2)
  bytes.writeUInt32LE(facts.crc >>> 0, at + 8)
  bytes.writeUInt32LE(facts.packed >>> 0, at + 12)
  bytes.writeUInt32LE(facts.size >>> 0, at + 16)
  bytes.writeUInt16LE(facts.nameBytes & 0xffff, at + 20)
  if (isDirectory) bytes.writeUInt32LE(facts.headerAt >>> 0, 42)
  return Buffer.concat([bytes, name])
}

/** An archive of these entries; `distort` may make its records lie. */
export function writeZip(entries: readonly ZipEntry[], distort: Distort = (facts) => facts): Uint8Array {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { name, content, isDeflated = false } of entries) {
    const packed = isDeflated ? deflateRawSync(content) : Buffer.from(content)
    const named = Buffer.from(name)
    const facts: EntryFacts = {
      method: isDeflated ? 8 : 0,
      flags: 0,
      crc: crc32(content),
      packed: packed.length,
      size: content.length,
      headerAt: at,
      nameBytes: named.length,
    }
    const local = Buffer.concat([writeRecord(distort({ ...facts }, false), named, false), packed])
    directory.push(writeRecord(distort({ ...facts }, true), named, true))
    parts.push(local)
    at += local.length
  }
  const table = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(table.length, 12)
  end.writeUInt32LE(at, 16)
  return new Uint8Array(Buffer.concat([...parts, table, end]))
}

/** One fact of some records becomes another. */
export function distortRecords(random: Random): Distort {
  const key = pick(random, ['method', 'flags', 'crc', 'packed', 'size', 'headerAt', 'nameBytes'] as const)
  const value = pick(random, [0, 1, 8, 9, 99, 0x7fffffff, 0xffffffff, 0x40000000, random.int(0, 5_000)])
  return (facts, isDirectory) => {
    if (isDirectory ? chance(random, 0.6) : chance(random, 0.3)) facts[key] = value
    return facts
  }
}

/** The entries of a file of `torch.save` around any pickle. */
export const listTorchEntries = (pickle: Uint8Array, isDeflated = false): ZipEntry[] => [
  { name: 'archive/data.pkl', content: pickle, isDeflated },
  { name: 'archive/byteorder', content: Buffer.from('little') },
  ...pickledTensors.map((stored, index) => ({
    name: `archive/data/${index}`,
    content: storedBytes(stored),
    isDeflated,
  })),
  { name: 'archive/version', content: Buffer.from('3\n') },
]
