import { NearestList, squaredDistance, type Neighbour } from './nearest.ts'
import type { VectorIndexStore } from './usearch.ts'
import type { FindNeighboursTask } from './vector-tasks.ts'
import type { VectorRepo } from './vector.repo.ts'

function includes(sorted: Uint32Array, value: number): boolean {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? 0) < value) low = middle + 1
    else high = middle
  }
  return sorted[low] === value
}

/** Compares with every vector, straight from the table. */
function compareAll(vectors: VectorRepo, task: FindNeighboursTask): Neighbour[] {
  const nearest = new NearestList(task.k)
  for (const [imageId, vector] of vectors.iterate(task.spaceId, task.vector.length)) {
    if (imageId === task.imageId) continue
    if (task.among !== null && !includes(task.among, imageId)) continue
    nearest.offer(imageId, squaredDistance(vector, task.vector))
  }
  return nearest.list()
}

/**
 * The vectors nearest to one. Small spaces, and searches among some images only, compare all; large ones ask an index, which
 * finds almost all of the true neighbours. Where no index can be had, all are compared too.
 */
export async function findNeighbours(
  task: FindNeighboursTask,
  { vectors, indexes }: { vectors: VectorRepo; indexes: VectorIndexStore | null },
): Promise<Neighbour[]> {
  const count = vectors.count(task.spaceId)
  if (indexes === null || task.among !== null || count < task.indexFrom) return compareAll(vectors, task)
  const revision = vectors.find(task.spaceId)?.revision ?? 0
  const index = await indexes.open({
    cacheFolder: task.cacheFolder,
    spaceId: task.spaceId,
    revision,
    dimensions: task.vector.length,
    count,
    read: () => vectors.iterate(task.spaceId, task.vector.length),
  })
  const found = index.search(task.vector, task.k + 1)
  return found.filter(({ imageId }) => imageId !== task.imageId).slice(0, task.k)
}
