import type * as z from 'zod'
import { layOut } from './map-layout.ts'
import { fewestImages, type mapProgress, type mapTask } from './map-task.ts'
import type { VectorSource } from '#engine/curation/vectors/vector-source.ts'

interface MapDeps {
  readonly vectors: VectorSource
  readonly report: (progress: z.infer<typeof mapProgress>) => void
  readonly throwIfCancelled: () => void
}

/** Throws CANCELLED, UNAVAILABLE as `loadIndexSearch`, or an Error when the space is not there. */
export async function runMap(
  { spaceId, seed, mostFitted: limit }: z.output<typeof mapTask>,
  { vectors: source, report, throwIfCancelled }: MapDeps,
): Promise<{ imageIds: Float64Array; x: Float64Array; y: Float64Array }> {
  const space = source.listSpaces().find(({ id }) => id === spaceId)
  if (space === undefined) throw new Error(`There is no embedding space ${spaceId}`)
  const { imageIds, ...vectors } = source.read(space, { which: 'all' })
  const none = new Float64Array(0)
  if (imageIds.length < fewestImages) return { imageIds: none, x: none, y: none }
  const layout = await layOut(vectors, {
    seed,
    mostFitted: limit,
    report: (progress) => {
      throwIfCancelled()
      report(progress)
    },
  })
  return { imageIds, ...layout }
}
