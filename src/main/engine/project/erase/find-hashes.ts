import { open, type FileHandle } from 'node:fs/promises'
import { mapSystemError, readSystemErrorCode } from '#engine/base/kernel/system-error.ts'

const hashDigits = 64
const chunkBytes = 4 * 1024 * 1024

const isDigit = (byte: number): boolean => (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66)

/** Null for a file that has gone meanwhile: copies are taken away as newer ones are made. */
async function openListed(file: string): Promise<FileHandle | null> {
  try {
    return await open(file, 'r')
  } catch (error) {
    if (readSystemErrorCode(error) === 'ENOENT') return null
    throw mapSystemError(error, { action: 'read', path: file })
  }
}

/**
 * Whether the bytes of a file hold one of these hashes as text, wherever they stand: also in free pages, and in a catalogue
 * that is damaged or of another version.
 */
export async function holdsHash(
  file: string,
  hashes: ReadonlySet<string>,
  throwIfCancelled: () => void,
): Promise<boolean> {
  await using handle = await openListed(file)
  if (handle === null) return false
  const buffer = Buffer.alloc(chunkBytes)
  // What the next chunk could complete is carried over to its beginning.
  let carried = 0
  for (;;) {
    throwIfCancelled()
    const { bytesRead } = await handle.read(buffer, carried, chunkBytes - carried)
    const length = carried + bytesRead
    if (findIn(buffer.subarray(0, length), hashes)) return true
    if (bytesRead === 0) return false
    carried = Math.min(length, hashDigits - 1)
    buffer.copy(buffer, 0, length - carried, length)
  }
}

function findIn(bytes: Buffer, hashes: ReadonlySet<string>): boolean {
  let run = 0
  for (let at = 0; at < bytes.length; at++) {
    run = isDigit(bytes[at] ?? 0) ? run + 1 : 0
    if (run >= hashDigits && hashes.has(bytes.toString('latin1', at + 1 - hashDigits, at + 1))) return true
  }
  return false
}
