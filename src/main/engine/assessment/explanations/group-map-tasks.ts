import * as z from 'zod'
import type { Task } from '#shared/domain/tasks.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import type { ImportedImage } from '#engine/base/media/read-imported-image.ts'
import type { ExpectedModel } from '#engine/networks/inference/exported-model.ts'
import type { AlignedMaps } from './domain/compare-maps.ts'

/** Class activation of the answers to some images, each in the frame of all faces. */
export interface AlignImagesTask extends ExpectedModel {
  readonly codec: ImageCodecName
  readonly threads: number
  readonly images: readonly ImportedImage[]
  readonly tasks: readonly Task[]
}

/** Why an image has no map, or that it has. */
export const alignedState = { aligned: 0, noFace: 1, unreadable: 2, flat: 3 } as const

export const alignedImages = z.object({
  /** `[images]` of `alignedState`. */
  states: z.instanceof(Uint8Array),
  /** `[images, tasks, cells]` */
  maps: z.instanceof(Float32Array),
})

export interface CompareTask {
  readonly aligned: AlignedMaps
  readonly draws: number
  readonly seed: number
}

const row = z.array(z.number().nullable()).nullable()
export const comparedMaps = z.object({
  compared: z.int().nonnegative(),
  isTested: z.boolean(),
  draws: z.int().nonnegative(),
  peopleInSeveral: z.int().nonnegative(),
  groups: z.array(
    z.object({
      group: z.string(),
      images: z.int().nonnegative(),
      people: z.int().nonnegative(),
      unknown: z.int().nonnegative(),
      mean: row,
      difference: row,
      halfWidth: row,
      p: row,
    }),
  ),
})
