import { createHash, randomUUID } from 'node:crypto'
import { link, open, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { AppError } from '#shared/contract/errors.ts'
import { hashFile } from '#engine/base/kernel/hash-file.ts'
import { makeFolder } from '#engine/base/kernel/make-folder.ts'
import { mapSystemError, readSystemErrorCode } from '#engine/base/kernel/system-error.ts'

export interface WrittenFile {
  readonly bytes: number
  readonly sha256: string
}

/**
 * Writes chunks to a new file: under a temporary name beside it, flushed, then given its name at once. A file of that
 * name with the same content is fine.
 * @throws AppError CONFLICT when another file lies there, or what the disk says.
 */
export async function writeNewFile(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<WrittenFile> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`)
  await makeFolder(dirname(path))
  try {
    const written = await writeChunks(temporary, chunks)
    await giveName({ temporary, path, sha256: written.sha256 })
    return written
  } catch (error) {
    throw mapSystemError(error, { action: 'write', path })
  } finally {
    await rm(temporary, { force: true })
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
async function giveName({ temporary, path, sha256 }: Naming): Promise<void> {
  try {
    await link(temporary, path)
  } catch (error) {
    if (readSystemErrorCode(error) !== 'EEXIST') throw error
    if ((await isFile(path)) && (await hashFile(path)) === sha256) return
    throw new AppError(
      'CONFLICT',
      `There already is another file ${path}, and files are not overwritten. Choose another name, or remove that file first.`,
      { details: { path }, cause: error },
    )
  }
}

async function isFile(path: string): Promise<boolean> {
  const handle = await open(path, 'r')
  try {
    return (await handle.stat()).isFile()
  } finally {
    await handle.close()
  }
}
