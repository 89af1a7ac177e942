import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as yieldToEvents } from 'node:timers/promises'
import { mapSystemError, readSystemErrorCode } from '#engine/base/kernel/system-error.ts'
import { removeFile } from './remove-file.ts'

interface StrayThumbnails {
  readonly thumbsFolder: string
  readonly projectFolder: string
  /** Whether an image of the catalogue shows these pixels. */
  readonly hasPixels: (pixelSha256: string) => boolean
  readonly signal?: AbortSignal
}

/** What the thumbnails' store writes: a picture, or one that was being written when the process ended. */
const writtenFile = /^([0-9a-f]{64})\.webp(\.[0-9a-f-]+\.part)?$/

/**
 * Removes the thumbnails of pictures that no image shows, and what is left of unfinished ones. Other files stay. One that is
 * wanted again is drawn again.
 * @throws AppError where a file cannot be removed
 */
export async function removeStrayThumbnails(options: StrayThumbnails): Promise<void> {
  const { thumbsFolder, projectFolder, hasPixels, signal } = options
  for (const folder of await list(thumbsFolder)) {
    signal?.throwIfAborted()
    if (!/^[0-9a-f]{2}$/.test(folder)) continue
    const strays = (await list(join(thumbsFolder, folder))).filter((name) => {
      const [, pixelSha256, part] = writtenFile.exec(name) ?? []
      return pixelSha256 !== undefined && (part !== undefined || !hasPixels(pixelSha256))
    })
    for (const name of strays) await removeFile(join(thumbsFolder, folder, name), projectFolder)
    await yieldToEvents()
  }
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(readSystemErrorCode(error) ?? '')) return []
    throw mapSystemError(error, { action: 'read', path: folder })
  }
}
