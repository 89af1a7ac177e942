import * as z from 'zod'
import { modelId } from '#shared/contract/base.contract.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'

export const decodeSpace = createRowDecoder({
  id: z.int(),
  name: z.string(),
  modelId: modelId.nullable(),
  dimensions: z.int(),
  version: z.int(),
  sourceSha256: z.string(),
  revision: z.int(),
})
export type EmbeddingSpace = ReturnType<typeof decodeSpace>
export type NewSpace = Omit<EmbeddingSpace, 'id' | 'revision'>

/** What one image is in a space: null where it has no vector, as without a face. */
export interface NewVector {
  readonly imageId: number
  readonly pixelSha256: string
  readonly vector: Float32Array | null
}
