import * as z from 'zod'
import type { ImageCodecName } from '#engine/media/image-codec.ts'

export interface MeasureFile {
  /** Absolute. */
  readonly file: string
  readonly fileSha256: string
}

export interface MeasureTask {
  readonly codec: ImageCodecName
  readonly files: readonly MeasureFile[]
}

export const measureOutcome = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('measured'),
    phash: z.bigint(),
    grey: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
    measures: z.record(z.string(), z.number()),
  }),
  z.object({ kind: z.literal('unreadable'), problem: z.string() }),
])
export type MeasureOutcome = z.infer<typeof measureOutcome>
