import * as z from 'zod'
import { fewestImages, layOut, mostFitted } from './map-layout.ts'
import type { VectorSourceRepo } from '#engine/curation/vectors/vector-source.repo.ts'

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

interface MapDeps {
  readonly vectors: VectorSourceRepo
  readonly report: (progress: z.infer<typeof mapProgress>) => void
  readonly throwIfCancelled: () => void
}

/** Throws CANCELLED, or an Error when the space is not there. */
export function runMap(
  { spaceId, seed, mostFitted: limit }: z.output<typeof mapTask>,
  { vectors: source, report, throwIfCancelled }: MapDeps,
): { imageIds: Float64Array; x: Float64Array; y: Float64Array } {
  const space = source.listSpaces().find(({ id }) => id === spaceId)
  if (space === undefined) throw new Error(`There is no embedding space ${spaceId}`)
  const { imageIds, ...vectors } = source.read(space, { unseen: false })
  const none = new Float64Array(0)
  if (imageIds.length < fewestImages) return { imageIds: none, x: none, y: none }
  const layout = layOut(vectors, {
    seed,
    mostFitted: limit,
    report: (progress) => {
      throwIfCancelled()
      report(progress)
    },
  })
  return { imageIds, ...layout }
}
