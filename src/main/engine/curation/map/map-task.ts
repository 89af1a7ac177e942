import * as z from 'zod'

/** Goes into every map's record; a change of the layout that the same embeddings and seed give needs a new number. */
export const mapVersion = 1
/** UMAP's defaults: the image itself counts among its neighbours. */
export const neighbourCount = 15
/** Fitted together; the others take their place among them. */
const mostFitted = 20_000
/** Fewer make no map. */
export const fewestImages = 2 * neighbourCount

export const mapTask = z.object({
  /** Path of the catalogue's database file. */
  catalogue: z.string(),
  spaceId: z.int(),
  seed: z.int(),
  mostFitted: z.int().positive().default(mostFitted),
})
export type MapTask = z.input<typeof mapTask>

const floats = z.instanceof(Float64Array)
/** Columns `[images]`; none with too few images for a map. */
export const mapAnswer = z.object({ imageIds: floats, x: floats, y: floats })
export const mapProgress = z.object({ phase: z.string(), done: z.int(), total: z.int() })
