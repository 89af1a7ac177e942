import * as z from 'zod'
import { fromPath, imageId, jobId, modelId, procedure } from './base.contract.ts'
import { imageFilter, imageTile } from './image.contract.ts'

export const embeddingSpace = z.strictObject({
  /** `face-128`, or `model-7` for the backbone of model 7. */
  name: z.string(),
  title: z.string(),
  modelId: modelId.nullable(),
  dimensions: z.int().positive(),
  /** Images worked out, those without a vector among them, as where there is no face. */
  images: z.int().nonnegative(),
})
export type EmbeddingSpaceSummary = z.infer<typeof embeddingSpace>

export const neighboursRequest = z.object({
  imageId: fromPath(imageId),
  /** The face's space where the image has a face, else the newest model's, where left out. */
  space: z.string().max(100).optional(),
  k: z.coerce.number().int().min(1).max(200).default(24),
  /** Only images that it matches are compared. */
  filter: imageFilter.optional(),
})
export type NeighboursRequest = z.infer<typeof neighboursRequest>

export const neighbours = z.strictObject({
  space: z.string(),
  /** Nearest first; the image itself is left out. */
  items: z.array(
    z.strictObject({
      tile: imageTile,
      /** Euclidean. Two photographs of one person mostly lie within 0.6 in `face-128`. */
      distance: z.number().nonnegative(),
    }),
  ),
})
export type Neighbours = z.infer<typeof neighbours>

export const embedResult = z.strictObject({
  space: z.string(),
  /** Embedded now; the others stood already. */
  images: z.int().nonnegative(),
  unreadable: z.int().nonnegative(),
})
export type EmbedResult = z.infer<typeof embedResult>

export const embeddingContract = {
  spaces: procedure
    .route({
      method: 'GET',
      path: '/embeddings',
      summary: 'Spaces in which images can be compared',
      tags: ['curation'],
    })
    .output(z.array(embeddingSpace)),
  start: procedure
    .route({
      method: 'POST',
      path: '/embeddings',
      summary: "Embed all images with a model's backbone",
      tags: ['curation'],
    })
    .input(z.object({ modelId }))
    .output(z.strictObject({ jobId })),
  neighbours: procedure
    .route({
      method: 'POST',
      path: '/embeddings/neighbours',
      summary: 'The images most like one',
      tags: ['curation'],
    })
    .input(neighboursRequest)
    .output(neighbours),
}
