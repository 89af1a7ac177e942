import { createRandom } from '#engine/base/kernel/random.ts'
import type { RecordedTask } from './evaluation-records.ts'

/** Positions among the evaluation's images: all, or so many of each group of race at random. */
export function chooseImages(
  { images, records }: RecordedTask,
  { perGroup, seed }: { readonly perGroup: number | null; readonly seed: number },
): number[] {
  const positions = [...images.keys()]
  if (perGroup === null) return positions
  const { indices } = records.groupings.race
  const taken = new Map<number, number>()
  const random = createRandom(seed, ['images of groups'])
  return random
    .shuffle(positions)
    .filter((at) => {
      const group = indices[at] ?? -1
      const before = taken.get(group) ?? 0
      taken.set(group, before + 1)
      return before < perGroup
    })
    .toSorted((a, b) => a - b)
}
