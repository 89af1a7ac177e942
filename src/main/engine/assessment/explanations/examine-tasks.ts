import * as z from 'zod'
import { pictureWarning } from '#shared/contract/explanation.contract.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'

/** What the worker is asked of one picture beside a model's answers. */
export interface ExamineTask {
  readonly codec: ImageCodecName
  readonly threads: number
  readonly picture: Uint8Array
  /** Counted from 1 at the left; null for the picture as it is. */
  readonly face: number | null
}

export const examinedPicture = z.object({
  faces: z.int().nonnegative(),
  warnings: z.array(pictureWarning),
  /** Of its main face, `[128]`; null without one. */
  descriptor: z.instanceof(Float32Array).nullable(),
})

/** PNG files of the picture and its variations, in their order. */
export const variedPictures = z.array(z.instanceof(Uint8Array))
