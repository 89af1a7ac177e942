import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ownerOnly } from '#engine/base/kernel/file-modes.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import { nameTemporary } from '#engine/base/kernel/temporary-name.ts'

/** Writes a file that only its owner can read, from its first byte on. Throws an AppError naming the file. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const temporary = nameTemporary(path)
  try {
    await mkdir(dirname(path), { recursive: true, mode: ownerOnly.folder })
    // The mode counts for new files alone.
    await writeFile(temporary, text, { mode: ownerOnly.file, flag: 'wx' })
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw mapSystemError(error, { action: 'write', path })
  }
}
