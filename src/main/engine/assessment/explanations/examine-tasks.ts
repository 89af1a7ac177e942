import * as z from 'zod'
import { pictureWarning } from '#shared/contract/explanation.contract.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import type { Variation } from './domain/vary-picture.ts'

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

/** What is varied of a picture, and how many of its pixels along a side became one. */
export const pictureToVary = z.object({
  width: z.int().positive(),
  height: z.int().positive(),
  /** `[height, width, 3]` */
  data: z.instanceof(Uint8Array),
  factor: z.int().positive(),
})

export interface VaryTask {
  readonly codec: ImageCodecName
  readonly picture: RgbImage
  readonly variation: Variation
}

/** PNG file. */
export const variedPicture = z.instanceof(Uint8Array)
