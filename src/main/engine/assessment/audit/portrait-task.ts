import * as z from 'zod'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import type { FoundFaces } from '#engine/networks/faces/domain/stored-faces.ts'
import { portraitMeasures } from './domain/measure-portrait.ts'

/** What the portraits worker is asked: files with the faces that a scan found in them. */
export interface MeasurePortraitsTask {
  readonly codec: ImageCodecName
  readonly images: readonly {
    /** Absolute. */
    readonly file: string
    readonly fileSha256: string
    readonly faces: FoundFaces
  }[]
}

export const portraitOutcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('measured'), measures: portraitMeasures }),
  z.object({ kind: z.literal('unreadable'), problem: z.string() }),
])
export type PortraitOutcome = z.infer<typeof portraitOutcome>
