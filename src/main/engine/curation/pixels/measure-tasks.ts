import * as z from 'zod'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'

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

/** Files as they were when they were imported or last measured. */
export interface CompareFilesTask {
  readonly files: readonly {
    /** Absolute. */
    readonly file: string
    readonly bytes: number
    readonly mtimeMs: number
  }[]
}

/** The files that have another size or time now, by their place in the task; without a time where there is none. */
export const changedFiles = z.array(z.object({ at: z.int(), mtimeMs: z.int().nullable() }))
export type ChangedFiles = z.infer<typeof changedFiles>
