import * as z from 'zod'
import { jobId, procedure, timestamp } from './base.contract.ts'

/** A space's name; the face's, or else the newest model's, where left out. */
const spaceName = z.string().min(1).max(100).optional()

export const mapRequest = z.object({
  space: spaceName,
  /** The same embeddings and seed give the same map. */
  seed: z.int().min(0).default(0),
})
export type MapRequest = z.input<typeof mapRequest>

export const mapResult = z.strictObject({ space: z.string(), images: z.int().nonnegative() })
export type MapResult = z.infer<typeof mapResult>

export const mapPoints = z.strictObject({
  /** Null where nothing is embedded. */
  space: z.string().nullable(),
  /** Null where no map has been made yet; then there are no points. */
  madeAt: timestamp.nullable(),
  seed: z.int().nullable(),
  /** The embeddings have changed since. */
  isStale: z.boolean(),
  /** `[images]` each, in ascending order of the images. Nearness means something, the axes mean nothing. */
  imageIds: z.array(z.int()),
  x: z.array(z.number()),
  y: z.array(z.number()),
})
export type MapPoints = z.infer<typeof mapPoints>

export const mapContract = {
  start: procedure
    .route({
      method: 'POST',
      path: '/maps',
      summary: 'Lay the images out by likeness, as a job',
      tags: ['curation'],
    })
    .input(mapRequest)
    .output(z.strictObject({ jobId })),
  points: procedure
    .route({
      method: 'GET',
      path: '/maps/points',
      summary: 'Where each image stands on the map',
      tags: ['curation'],
    })
    .input(z.object({ space: spaceName }))
    .output(mapPoints),
}
