import { createHash, randomUUID } from 'node:crypto'
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeFolderWithin } from '#engine/base/kernel/make-folder.ts'
import { mapSystemError, readSystemErrorCode } from '#engine/base/kernel/system-error.ts'

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

/** Stands behind a picture that bears a seal; whoever shows WebP passes over what follows the picture. */
const sealMark = Buffer.from('EVNHSEAL')
const sealBytes = sealMark.length + 32

/** SHA-256 over what the thumbnail is named by and its own bytes, so that none passes for that of another picture. */
const hashThumbnail = (picture: Uint8Array, pixelSha256: string): Buffer =>
  createHash('sha256').update(pixelSha256, 'hex').update(picture).digest()

/** The bytes of a thumbnail's file. */
const sealThumbnail = (picture: Uint8Array, pixelSha256: string): Uint8Array =>
  Buffer.concat([picture, sealMark, hashThumbnail(picture, pixelSha256)])

export type OpenedThumbnail =
  | { readonly kind: 'whole'; readonly picture: Uint8Array<ArrayBuffer> }
  /** It is not what was written, or an older version wrote it without a seal. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'unsealed'; readonly picture: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'missing' }

function openSealed(bytes: Buffer<ArrayBuffer>, pixelSha256: string): OpenedThumbnail {
  const at = bytes.length - sealBytes
  const picture = new Uint8Array(bytes.subarray(0, Math.max(0, at)))
  const seal = bytes.subarray(at + sealMark.length)
  const isMarked = at > 0 && bytes.subarray(at, at + sealMark.length).equals(sealMark)
  const isSealed = at > 0 && hashThumbnail(picture, pixelSha256).equals(seal)
  if (isMarked && isSealed) return { kind: 'whole', picture }
  // A WebP file says how long it is: what is as long as that has no seal.
  const isWhole = bytes.length > 8 && bytes.readUInt32LE(4) + 8 === bytes.length
  return isWhole ? { kind: 'unsealed', picture: new Uint8Array(bytes) } : { kind: 'changed' }
}

/** Reads a thumbnail and holds it against its seal. */
export async function openThumbnail(thumbsFolder: string, pixelSha256: string): Promise<OpenedThumbnail> {
  const path = thumbnailPath(thumbsFolder, pixelSha256)
  try {
    return openSealed(await readFile(path), pixelSha256)
  } catch (error) {
    if (readSystemErrorCode(error) === 'ENOENT') return { kind: 'missing' }
    throw mapSystemError(error, { action: 'read', path })
  }
}

export const writeThumbnail = (
  file: { readonly path: string; readonly within: string },
  picture: Uint8Array,
  pixelSha256: string,
): Promise<void> => writeWhole(file, sealThumbnail(picture, pixelSha256))

/** Whether a file is there and not empty, as a power cut may leave one. */
export const hasContent = (path: string): Promise<boolean> =>
  stat(path).then(
    ({ size }) => size > 0,
    () => false,
  )
