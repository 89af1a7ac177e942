import * as z from 'zod'
import type { PictureView } from '#engine/networks/faces/crop-face.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'

/** What the embed worker is asked. */
export interface EmbedImagesTask {
  readonly codec: ImageCodecName
  readonly onnxFile: string
  /** What the file must hash to; null where that is not known. */
  readonly sha256: string | null
  readonly inputSize: number
  readonly view: PictureView
  readonly threads: number
  readonly images: readonly { readonly file: string; readonly fileSha256: string }[]
}
/** A vector for each image: `no-face` where the model sees faces alone and there is none, null for an image that cannot be read. */
export const embeddedImages = z.array(z.union([z.instanceof(Float32Array), z.literal('no-face')]).nullable())
