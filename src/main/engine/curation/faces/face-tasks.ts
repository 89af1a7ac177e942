import * as z from 'zod'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import type { DetectorChoice } from '#engine/networks/faces/face-detection.ts'
import { descriptorSize } from '#engine/networks/architecture/face-resnet.ts'
import { foundFaces } from '#engine/networks/faces/domain/stored-faces.ts'

/** What the faces worker is asked. */
export interface FindFacesTask {
  readonly codec: ImageCodecName
  readonly detector: DetectorChoice
  readonly threads: number
  readonly images: readonly { readonly file: string; readonly fileSha256: string }[]
}

export const facesOfImage = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('found'),
    faces: foundFaces,
    descriptor: z
      .instanceof(Float32Array)
      .refine(({ length }) => length === descriptorSize)
      .nullable(),
  }),
  z.object({ kind: z.literal('refused'), reason: z.string() }),
])
export type FacesOfImage = z.infer<typeof facesOfImage>

export interface InspectDetectorTask {
  readonly file: string
}
export const inspectedDetector = z.object({ kind: z.enum(['yunet', 'scrfd']), sha256: z.string() })
