import * as z from 'zod'
import { sha256 } from '#shared/contract/base.contract.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'

export interface IngestFile {
  /** Absolute. */
  readonly file: string
  /** Where a copy goes, or null to leave the file in place. */
  readonly copyTo: string | null
  /** What the catalogue holds about the file; null when it is new. */
  readonly known: { readonly bytes: number; readonly mtimeMs: number; readonly fileSha256: string } | null
}

export interface IngestTask {
  readonly codec: ImageCodecName
  /** Must be there: neither is made anew where the project has been moved away. */
  readonly thumbsFolder: string
  /** Hashes of files and of pixels that were erased: nothing of such a picture is written. */
  readonly erased: readonly string[]
  /** Where the copies go, or null. */
  readonly copiesFolder: string | null
  readonly files: readonly IngestFile[]
}

export const measuredImage = z.object({
  kind: z.literal('image'),
  bytes: z.int().positive(),
  mtimeMs: z.int(),
  fileSha256: sha256,
  pixelSha256: sha256,
  width: z.int().positive(),
  height: z.int().positive(),
  format: z.string(),
  exifOrientation: z.int(),
})
export type MeasuredImage = z.infer<typeof measuredImage>

export const ingestOutcome = z.discriminatedUnion('kind', [
  measuredImage,
  z.object({ kind: z.literal('unchanged'), mtimeMs: z.int() }),
  /** The file under this name holds other bytes than those imported. */
  z.object({ kind: z.literal('changed') }),
  z.object({ kind: z.literal('refused'), reason: z.string() }),
  /** A picture that was erased before, by whichever of its hashes is on record. */
  z.object({ kind: z.literal('erased'), hash: sha256, fileSha256: sha256 }),
])
export type IngestOutcome = z.infer<typeof ingestOutcome>

/** Files that are looked at before an import; nothing is written of them. */
export interface LookTask {
  readonly codec: ImageCodecName
  /** Absolute. */
  readonly files: readonly { readonly file: string; readonly isShown: boolean }[]
}

export const lookOutcome = z.object({
  /** Why it cannot be read. */
  refusal: z.string().nullable(),
  /** WebP, where it is to be shown. */
  picture: z.custom<Uint8Array>((value) => value instanceof Uint8Array).nullable(),
})
export type LookOutcome = z.infer<typeof lookOutcome>

export interface RenderTask {
  readonly codec: ImageCodecName
  readonly file: string
  /** The bytes must still be those that were imported. */
  readonly fileSha256: string
}
export interface ThumbnailTask extends RenderTask {
  readonly thumbnail: string
  readonly thumbsFolder: string
  readonly pixelSha256: string
}
