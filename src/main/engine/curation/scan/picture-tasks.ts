import * as z from 'zod'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import { facesOfImage } from '#engine/curation/faces/face-tasks.ts'
import { measureOutcome, type MeasureFile } from '#engine/curation/pixels/measure-tasks.ts'
import type { DetectorChoice } from '#engine/networks/faces/face-detection.ts'

/** What the pictures worker is asked: each file is decoded once for its pixels and its faces. */
export interface ReadPicturesTask {
  readonly codec: ImageCodecName
  readonly detector: DetectorChoice
  readonly threads: number
  readonly files: readonly (MeasureFile & { readonly isLookedAt: boolean })[]
}

/** Null where faces were not asked for. */
export const readPicture = z.object({ measured: measureOutcome, faces: facesOfImage.nullable() })
export type ReadPicture = z.infer<typeof readPicture>
