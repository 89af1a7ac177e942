import { randomUUID } from 'node:crypto'
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { explainWriteError } from './file-errors.ts'

/** Named by what the image shows, so that identical images share one thumbnail and a stale one cannot exist. */
export const thumbnailPath = (thumbsFolder: string, pixelSha256: string): string =>
  join(thumbsFolder, pixelSha256.slice(0, 2), `${pixelSha256}.webp`)

/** Appears whole or not at all, also when the process is killed meanwhile. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const unfinished = `${path}.${randomUUID()}.part`
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(unfinished, bytes)
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw explainWriteError(error, dirname(path))
  }
}

export const fileExists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
