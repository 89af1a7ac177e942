import { constants, type Stats } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { AppError } from '#shared/contract/errors.ts'
import { mapSystemError } from './system-error.ts'

function describeKind(found: Stats): string {
  if (found.isDirectory()) return 'a folder'
  if (found.isFIFO()) return 'a named pipe'
  if (found.isSocket()) return 'a socket'
  return 'a device'
}

/**
 * Opens a file that somebody named, for reading. A pipe would be waited for, and a device may never end.
 * @throws AppError INVALID_INPUT for anything but a regular file, or what the disk says, by name.
 */
export async function openRegularFile(path: string): Promise<FileHandle> {
  try {
    // Without this flag, opening a pipe waits for its other end. Windows has neither.
    const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const found = await handle.stat()
    if (found.isFile()) return handle
    await handle.close()
    throw new AppError(
      'INVALID_INPUT',
      `Cannot read ${path}: it is ${describeKind(found)}, not a file. Name a file.`,
      { details: { path } },
    )
  } catch (error) {
    throw mapSystemError(error, { action: 'read', path })
  }
}

/** The whole of a file that somebody named. Throws as `openRegularFile` does. */
export async function readRegularFile(path: string): Promise<Buffer> {
  await using handle = await openRegularFile(path)
  try {
    return await handle.readFile()
  } catch (error) {
    throw mapSystemError(error, { action: 'read', path })
  }
}
