import * as z from 'zod'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import type { TensorRow } from './tensor-cache.ts'

/** What the tensor worker is asked and answers. */
export interface MakeTensorsTask {
  readonly codec: ImageCodecName
  readonly inputSize: number
  readonly images: readonly { readonly file: string; readonly fileSha256: string }[]
}

export interface VerifyTensorsTask {
  readonly file: string
  readonly inputSize: number
  readonly rows: readonly TensorRow[]
}

export const madeTensor = z.union([
  z.object({ tensor: z.instanceof(Uint8Array), reason: z.null() }),
  z.object({ tensor: z.null(), reason: z.string() }),
])
export type MadeTensor = z.infer<typeof madeTensor>
