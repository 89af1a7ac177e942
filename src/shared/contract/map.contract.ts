import * as z from 'zod'
import { checkIds } from '../domain/checks.ts'
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

/** A label, or a check whose flags are meant. */
export const mapGrouping = z.enum(['race', 'gender', 'age', ...checkIds])
export type MapGrouping = z.infer<typeof mapGrouping>

/** What tells the images on a map apart, without the images themselves; removed ones are left out. */
export const mapGroups = z.strictObject({
  /** Each value once; null is a missing label. Of a check: `flagged` and `not flagged`. */
  values: z.array(z.string().nullable()),
  /** `[images]` each, in ascending order of the images; `valueOf` counts in `values`. */
  imageIds: z.array(z.int()),
  valueOf: z.array(z.int().nonnegative()),
})
export type MapGroups = z.infer<typeof mapGroups>

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
  groups: procedure
    .route({
      method: 'GET',
      path: '/maps/groups',
      summary: 'A label, or the flag of a check, of each image on the map',
      tags: ['curation'],
    })
    .input(z.object({ space: spaceName, by: mapGrouping }))
    .output(mapGroups),
}
