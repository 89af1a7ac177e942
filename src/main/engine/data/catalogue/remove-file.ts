import { rm, rmdir } from 'node:fs/promises'
import { dirname, relative, sep } from 'node:path'
import { mapSystemError, readSystemErrorCode } from '#engine/base/kernel/system-error.ts'

const isGone = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(readSystemErrorCode(error) ?? '')
const isInUse = (error: unknown): boolean =>
  ['ENOTEMPTY', 'EEXIST', 'EBUSY', 'EPERM'].includes(readSystemErrorCode(error) ?? '')

/** Removes a file, and folders in which it was the last, since folders can be named after people too. */
export async function removeFile(file: string, projectFolder: string): Promise<void> {
  try {
    await rm(file, { force: true })
  } catch (error) {
    if (!isGone(error)) throw mapSystemError(error, { action: 'remove', path: file })
  }
  await removeEmptyFolders(dirname(file), projectFolder)
}

/** Removes a folder with all that lies in it, and folders in which it was the last. */
export async function removeFolder(folder: string, projectFolder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true })
  } catch (error) {
    throw mapSystemError(error, { action: 'remove', path: folder })
  }
  await removeEmptyFolders(dirname(folder), projectFolder)
}

/** Removes a folder that holds nothing, and those above it that then hold nothing. The project's own folders stay. */
export async function removeEmptyFolders(empty: string, projectFolder: string): Promise<void> {
  const isBelow = (folder: string): boolean => relative(projectFolder, folder).split(sep).length > 1
  for (let folder = empty; isBelow(folder); folder = dirname(folder)) {
    try {
      await rmdir(folder)
    } catch (error) {
      if (isInUse(error)) return
      if (!isGone(error)) throw mapSystemError(error, { action: 'remove', path: folder })
    }
  }
}
