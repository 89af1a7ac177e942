import { randomUUID } from 'node:crypto'
import { rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeFolderWithin } from '#engine/base/kernel/make-folder.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'

/** Named by what the image shows, so that identical images share one thumbnail and a stale one cannot exist. */
export const thumbnailPath = (thumbsFolder: string, pixelSha256: string): string =>
  join(thumbsFolder, pixelSha256.slice(0, 2), `${pixelSha256}.webp`)

/**
 * Appears whole or not at all, also when the process is killed meanwhile. Unlike `writeFileAtomically` it does
 * not wait for the disk: a hundred thousand thumbnails would, and each can be made again.
 * @param file.within a folder that must be there: it is not made anew where the project has been moved away
 */
export async function writeWhole(
  { path, within }: { readonly path: string; readonly within: string },
  bytes: Uint8Array,
): Promise<void> {
  const unfinished = `${path}.${randomUUID()}.part`
  try {
    await makeFolderWithin(dirname(path), within)
    await writeFile(unfinished, bytes)
    await rename(unfinished, path)
  } catch (error) {
    // What failed first is what the user must hear of, also when the remains cannot be removed.
    await rm(unfinished, { force: true }).catch(() => undefined)
    throw mapSystemError(error, { action: 'write', path })
  }
}

/** Whether a file is there and not empty, as a power cut may leave one. */
export const hasContent = (path: string): Promise<boolean> =>
  stat(path).then(
    ({ size }) => size > 0,
    () => false,
  )
