import * as z from 'zod'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'

/** What the embed worker is asked. */
export interface EmbedImagesTask {
  readonly codec: ImageCodecName
  readonly onnxFile: string
  /** What the file must hash to; null where that is not known. */
  readonly sha256: string | null
  readonly inputSize: number
  readonly threads: number
  readonly images: readonly { readonly file: string; readonly fileSha256: string }[]
}
/** A vector for each image; null for one that cannot be read. */
export const embeddedImages = z.array(z.instanceof(Float32Array).nullable())
