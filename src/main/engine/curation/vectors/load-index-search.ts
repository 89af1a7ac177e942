import { AppError } from '#shared/contract/errors.ts'
import type { searchNeighbours } from './index-neighbours.ts'

const loadSearch = () => import('./index-neighbours.ts')

/**
 * Loaded by those alone who have more vectors than can be compared pair by pair, since the module behind it is native.
 * @throws AppError UNAVAILABLE where this platform has no build of it
 */
export async function loadIndexSearch(
  load: () => Promise<{ readonly searchNeighbours: typeof searchNeighbours }> = loadSearch,
): Promise<typeof searchNeighbours> {
  try {
    return (await load()).searchNeighbours
  } catch (cause) {
    throw new AppError(
      'UNAVAILABLE',
      'So many images are compared through an index, and usearch, which makes it, cannot be loaded on this machine.',
      { cause },
    )
  }
}
