import { closeSync, fsyncSync, openSync } from 'node:fs'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '#shared/contract/errors.ts'
import { makeFolder } from './make-folder.ts'
import { mapSystemError, readSystemErrorCode } from './system-error.ts'
import { nameTemporary } from './temporary-name.ts'

/** What network shares and some other disks say of a folder that they cannot open or flush; they see to it themselves. */
const unflushable: readonly (string | null)[] = [
  'EACCES',
  'EBADF',
  'EINVAL',
  'EISDIR',
  'ENOSYS',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EPERM',
]

/** Makes a new name in a folder durable; Windows cannot open folders and needs no such step. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  try {
    await using handle = await open(folder, 'r')
    await handle.sync()
  } catch (error) {
    if (!unflushable.includes(readSystemErrorCode(error))) throw error
  }
}

/** The same for code that must not wait. */
export function syncFolderAtOnce(folder: string): void {
  if (process.platform === 'win32') return
  try {
    const descriptor = openSync(folder, 'r')
    try {
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    if (!unflushable.includes(readSystemErrorCode(error))) throw error
  }
}

/**
 * Writes a file so that readers see the old content or the new, never a part: a temporary file beside it,
 * flushed, then renamed. Makes missing folders. Throws an AppError naming the file when the disk refuses.
 * @param content Also in parts, which are written one after the other.
 */
export async function writeFileAtomically(
  path: string,
  content: Uint8Array | string | readonly Uint8Array[],
): Promise<void> {
  const folder = dirname(path)
  const temporary = nameTemporary(path)
  await makeFolder(folder)
  try {
    const handle = await open(temporary, 'wx')
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
    await syncFolder(folder)
  } catch (error) {
    // What failed first is what the user must hear of, also when the remains cannot be removed.
    await rm(temporary, { force: true }).catch(() => undefined)
    throw mapSystemError(error, { action: 'write', path })
  }
}

/**
 * Whether the file at a path that the user chose has this content already; false where there is none.
 * @throws AppError CONFLICT when another file lies there, or what keeps it from being read.
 */
export async function hasSameContent(path: string, content: Uint8Array): Promise<boolean> {
  try {
    const { size } = await stat(path)
    if (size === content.byteLength && (await readFile(path)).equals(content)) return true
  } catch (error) {
    if (readSystemErrorCode(error) === 'ENOENT') return false
    throw mapSystemError(error, { action: 'write', path })
  }
  throw refuseOther(path)
}

/** What is said of a file that is not ours to replace. */
export const refuseOther = (path: string, cause?: unknown): AppError =>
  new AppError(
    'CONFLICT',
    `There already is another file ${path}, and files are not overwritten. Choose another name, or remove that file first.`,
    { details: { path }, cause },
  )
