import { AppError } from '#shared/contract/errors.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import type { DecodedPicture, ImageCodecName } from './image-codec.ts'
import { openImageCodec } from './open-image-codec.ts'
import { readImageFile } from './read-image-file.ts'

/** Where an imported image lies, and what it was when it was imported. */
export interface ImportedImage {
  readonly file: string
  readonly fileSha256: string
}

/**
 * The bytes of a file that is still the imported one.
 * @throws AppError with a sentence that does not name the file, as `readImageFile`; CONFLICT when it is another by now.
 */
export async function readImportedImage({
  file,
  fileSha256,
}: ImportedImage): Promise<Uint8Array<ArrayBuffer>> {
  const { bytes } = await readImageFile(file)
  if (hashBytes(bytes) === fileSha256) return bytes
  throw new AppError('CONFLICT', 'The file has changed since it was imported. Put the imported version back.')
}

/** The picture of a file that is still the imported one. @throws AppError as `readImportedImage`, and as the codec does. */
export async function decodeImportedImage(
  image: ImportedImage,
  codec: ImageCodecName,
): Promise<DecodedPicture> {
  const bytes = await readImportedImage(image)
  return (await openImageCodec(codec)).decodePicture(bytes)
}

/** A picture, or what is wrong with its file, as a sentence for people. */
export type TriedPicture = { readonly picture: DecodedPicture } | { readonly refusal: string }

/** The same for whoever goes on without an image: what is wrong with it comes back as a sentence for people. */
export async function tryDecodeImportedImage(
  image: ImportedImage,
  codec: ImageCodecName,
): Promise<TriedPicture> {
  try {
    return { picture: await decodeImportedImage(image, codec) }
  } catch (error) {
    if (error instanceof AppError) return { refusal: error.message }
    throw error
  }
}

/** How much of a damaged file's picture the damage touches, as the codec measures it. @throws AppError as `readImportedImage` */
export async function measureImportedDamage(image: ImportedImage, codec: ImageCodecName): Promise<number> {
  const bytes = await readImportedImage(image)
  return (await openImageCodec(codec)).measureDamage(bytes)
}
