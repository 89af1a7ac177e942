import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '#shared/contract/errors.ts'
import { mapSystemError, readSystemErrorCode } from './system-error.ts'

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    // What making it says is the better message.
    return false
  }
}

/**
 * Makes a folder with those above it; one that is there is fine. Node's own `recursive` reports a read-only disk
 * as a missing folder, and the true reason must reach the user. Throws an AppError naming the folder.
 */
export async function makeFolder(path: string): Promise<void> {
  const parent = dirname(path)
  if (parent !== path && !(await isFolder(parent))) await makeFolder(parent)
  try {
    await mkdir(path)
  } catch (error) {
    if (await isFolder(path)) return
    if (readSystemErrorCode(error) === 'EEXIST') {
      throw new AppError(
        'INVALID_INPUT',
        `Cannot make the folder ${path}: a file of that name lies in its place. Move the file away.`,
        { details: { path }, cause: error },
      )
    }
    throw mapSystemError(error, { action: 'make', path })
  }
}

/** Makes a folder and those above it up to one that must be there already; throws what the disk says where it is not. */
export async function makeFolderWithin(path: string, within: string): Promise<void> {
  if (path === within) return
  try {
    await mkdir(path)
  } catch (error) {
    const code = readSystemErrorCode(error)
    if (code === 'EEXIST') return
    const parent = dirname(path)
    if (code !== 'ENOENT' || parent === path || parent === within) throw error
    await makeFolderWithin(parent, within)
    await makeFolderWithin(path, parent)
  }
}
