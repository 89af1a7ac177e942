import * as z from 'zod'

/** What the vectors worker is asked. */
export const findNeighboursTask = z.object({
  catalogue: z.string(),
  /** Where indexes of large spaces are kept. */
  cacheFolder: z.string(),
  spaceId: z.int(),
  /** Whose neighbours. */
  imageId: z.int(),
  vector: z.instanceof(Float32Array),
  k: z.int().positive(),
  /** Ascending numbers of the images that count; null for all. */
  among: z.instanceof(Uint32Array).nullable(),
  /** From this many vectors on an index is used; below, all are compared. */
  indexFrom: z.int().positive(),
})
export type FindNeighboursTask = z.infer<typeof findNeighboursTask>

/** Nearest first. */
export const foundNeighbours = z.array(z.object({ imageId: z.int(), distance: z.number() }))
export type FoundNeighbour = z.infer<typeof foundNeighbours>[number]
