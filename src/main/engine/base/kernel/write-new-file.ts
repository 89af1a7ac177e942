import { createHash } from 'node:crypto'
import { link, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { refuseOther, syncFolder } from './atomic-file.ts'
import { hashFile } from './hash-file.ts'
import { makeFolder } from './make-folder.ts'
import { mapSystemError, readSystemErrorCode } from './system-error.ts'
import { nameTemporary } from './temporary-name.ts'

export interface WrittenFile {
  readonly bytes: number
  readonly sha256: string
}

/**
 * Writes chunks to a new file that a user has named: under a temporary name beside it, flushed, then given its name at
 * once. A file of that name with the same content is fine; any other is left alone, also one that comes there meanwhile.
 * @throws AppError CONFLICT when another file lies there, or what the disk says.
 */
export async function writeNewFile(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<WrittenFile> {
  const folder = dirname(path)
  const temporary = nameTemporary(path)
  await makeFolder(folder)
  try {
    const written = await writeChunks(temporary, chunks)
    await giveName({ temporary, path, sha256: written.sha256 })
    await syncFolder(folder)
    return written
  } catch (error) {
    throw mapSystemError(error, { action: 'write', path })
  } finally {
    // A finished file stays what it is, and a failure what it was, when the temporary name cannot be removed.
    await rm(temporary, { force: true }).catch(() => undefined)
  }
}

async function writeChunks(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<WrittenFile> {
  const handle = await open(path, 'wx')
  try {
    const hash = createHash('sha256')
    let bytes = 0
    for await (const chunk of chunks) {
      hash.update(chunk)
      bytes += chunk.byteLength
      await handle.writeFile(chunk)
    }
    await handle.sync()
    return { bytes, sha256: hash.digest('hex') }
  } finally {
    await handle.close()
  }
}

interface Naming {
  readonly temporary: string
  readonly path: string
  readonly sha256: string
}

/** A link, unlike a renaming, never replaces a file that came there meanwhile. */
async function giveName(naming: Naming): Promise<void> {
  try {
    await link(naming.temporary, naming.path)
  } catch (error) {
    if (readSystemErrorCode(error) === 'EEXIST') await acceptSameContent(naming, error)
    // Disks without hard links say so in many ways (EPERM, ENOTSUP, on Windows EISDIR); what else is wrong, the other
    // way meets as well.
    else await takeName(naming)
  }
}

/** Without hard links: an empty file takes the name, which no two can, and the written one takes its place. */
async function takeName(naming: Naming): Promise<void> {
  const { temporary, path } = naming
  try {
    // Closed at once, since Windows does not rename over an open file.
    await (await open(path, 'wx')).close()
  } catch (error) {
    if (readSystemErrorCode(error) !== 'EEXIST') throw error
    await acceptSameContent(naming, error)
    return
  }
  if (!(await isEmpty(path))) throw refuseOther(path)
  try {
    await rename(temporary, path)
  } catch (error) {
    if (await isEmpty(path)) await rm(path, { force: true })
    throw error
  }
}

/** False once a program that replaces files without asking has put its own in the place of the empty one. */
async function isEmpty(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null)
  return found?.size === 0
}

async function acceptSameContent({ path, sha256 }: Naming, cause: unknown): Promise<void> {
  if ((await stat(path)).isFile() && (await hashFile(path)) === sha256) return
  throw refuseOther(path, cause)
}
