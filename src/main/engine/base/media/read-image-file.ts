import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { AppError } from '#shared/contract/errors.ts'
import { imageLimits, refuseImage } from './image-codec.ts'

export interface ImageFile {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly mtimeMs: number
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MB`

/**
 * The whole file and its time of change, read from one handle.
 * @throws AppError INVALID_INPUT with a sentence that does not name the file: empty, too large, not a file,
 *   not readable; NOT_FOUND when it is not there.
 */
export async function readImageFile(path: string, limitBytes = imageLimits.fileBytes): Promise<ImageFile> {
  try {
    await using handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const stat = await handle.stat()
    if (!stat.isFile()) throw refuseImage('It is not a regular file. Remove it from the folder.')
    if (stat.size === 0) throw refuseImage('The file is empty (0 bytes). Get it again from its source.')
    if (stat.size > limitBytes) {
      throw refuseImage(
        `The file has ${megabytes(stat.size)}; the limit is ${megabytes(limitBytes)}. Save it smaller.`,
      )
    }
    return { bytes: await readWhole(handle, stat.size), mtimeMs: Math.trunc(stat.mtimeMs) }
  } catch (error) {
    throw explainReadError(error)
  }
}

/** In one read where the file keeps the size it had: a place more than that tells whether it ends there. */
async function readWhole(handle: FileHandle, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(size + 1)
  const { bytesRead } = await handle.read(bytes, 0, size + 1, 0)
  return bytesRead === size ? bytes.subarray(0, size) : new Uint8Array(await handle.readFile())
}

/** The system's error code (ENOENT, EACCES...), or null for any other failure. */
function readErrorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return null
  return typeof error.code === 'string' ? error.code : null
}

function explainReadError(error: unknown): unknown {
  const code = readErrorCode(error)
  switch (code) {
    case null:
      return error
    case 'ENOENT':
      return new AppError(
        'NOT_FOUND',
        'The file is not there: moved, deleted, or a link that leads nowhere.',
        {
          cause: error,
        },
      )
    case 'EACCES':
    case 'EPERM':
      return refuseImage('No permission to read the file. Give yourself read access and import again.', error)
    case 'EISDIR':
      return refuseImage('It is a folder, not an image file.', error)
    case 'ELOOP':
      return refuseImage('It is a link that leads back to itself. Remove it.', error)
    default:
      return refuseImage(`The file could not be read (${code}). Check the disk and import again.`, error)
  }
}
