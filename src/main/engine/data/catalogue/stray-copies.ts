import type { BigIntStats } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { mapSystemError, readSystemErrorCode } from '#engine/base/kernel/system-error.ts'
import { removeEmptyFolders, removeFile } from './remove-file.ts'

export interface StrayCopies {
  /** Folder of the copies of one data set; absolute. */
  readonly copies: string
  /** Folder that they were made from; absolute. */
  readonly source: string
  readonly projectFolder: string
  /** Whether an image of the catalogue lies in this file; relative to the project, with `/` between names. */
  readonly hasFile: (file: string) => boolean
  readonly signal?: AbortSignal
}

/** What is left of a copy that was being written when the process ended. */
const unfinished = /\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.part$/

const look = (file: string): Promise<BigIntStats | null> =>
  stat(file, { bigint: true }).then(
    (found) => (found.isFile() ? found : null),
    () => null,
  )

/**
 * Removes the copies that an import made and no image lies in, as one leaves them that ended before it wrote them down, and
 * folders that held nothing else. A copy stays where the folder that it was made from has not the same file any more, since it
 * may be the only one; so do files that are no copies.
 * @throws AppError where a file cannot be removed
 */
export async function removeStrayCopies(options: StrayCopies): Promise<void> {
  const { copies, source, projectFolder, hasFile, signal } = options
  for (const file of await listFiles(copies)) {
    signal?.throwIfAborted()
    if (hasFile(relative(projectFolder, file).split(sep).join('/'))) continue
    if (unfinished.test(file) || (await isSame(file, join(source, relative(copies, file)))))
      await removeFile(file, projectFolder)
  }
  await removeEmptyFolders(copies, projectFolder)
}

/** Whether the original is there too: another file with the same bytes, not the copy itself under another name. */
async function isSame(copy: string, original: string): Promise<boolean> {
  const [copied, found] = await Promise.all([look(copy), look(original)])
  if (copied === null || found === null || copied.size !== found.size) return false
  if (copied.dev === found.dev && copied.ino === found.ino) return false
  const [left, right] = await Promise.all([readFile(copy), readFile(original)])
  return left.equals(right)
}

async function listFiles(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(readSystemErrorCode(error) ?? '')) return []
    throw mapSystemError(error, { action: 'read', path: folder })
  }
}
