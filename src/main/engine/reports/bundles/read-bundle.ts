import { AppError } from '#shared/contract/errors.ts'
import { openRegularFile } from '#engine/base/kernel/regular-file.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'

/** Far above what a million images come to; what is larger is no bundle, and would not fit into memory. */
const mostBytes = 1 << 30

/** The bytes of a bundle that somebody named. Throws INVALID_INPUT for what is no file or too large, or what the disk says. */
export async function readBundle(path: string): Promise<Uint8Array> {
  await using handle = await openRegularFile(path)
  try {
    const { size } = await handle.stat()
    if (size > mostBytes) {
      throw new AppError(
        'INVALID_INPUT',
        `${path} is no audit bundle that can be verified: it has ${size} bytes, more than the ${mostBytes} that a bundle may have.`,
        { details: { path } },
      )
    }
    return await handle.readFile()
  } catch (error) {
    throw mapSystemError(error, { action: 'read', path })
  }
}
