import * as z from 'zod'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import type { PictureView } from '#engine/networks/faces/crop-face.ts'
import type { TensorRow } from './tensor-cache.ts'

/** What the tensor worker is asked and answers. */
export interface MakeTensorsTask {
  readonly codec: ImageCodecName
  readonly inputSize: number
  readonly view: PictureView
  readonly images: readonly { readonly file: string; readonly fileSha256: string }[]
}

export interface VerifyTensorsTask {
  readonly file: string
  readonly inputSize: number
  readonly rows: readonly TensorRow[]
}

/** A picture without a face, where faces are wanted, comes as nothing but zeros. */
export const madeTensor = z.union([
  z.object({ tensor: z.instanceof(Uint8Array), reason: z.null() }),
  z.object({ tensor: z.null(), reason: z.string() }),
])
export type MadeTensor = z.infer<typeof madeTensor>
