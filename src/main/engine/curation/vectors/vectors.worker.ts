import { findNeighbours as find } from '#engine/curation/vectors/find-neighbours.ts'
import { findNeighboursTask, type FindNeighboursTask } from '#engine/curation/vectors/vector-tasks.ts'
import type { VectorIndexStore } from '#engine/curation/vectors/usearch.ts'
import { readCatalogue } from '#engine/base/db/read-catalogue.ts'
import { VectorRepo } from '#engine/curation/vectors/vector.repo.ts'
import { remember } from '#engine/base/kernel/remember.ts'
import { packOutcome } from '#engine/base/threads/worker-outcome.ts'

/** Null where the native module is not there for this platform: everything is then compared. */
const openStore = remember((): Promise<VectorIndexStore | null> =>
  import('#engine/curation/vectors/usearch.ts').then(
    ({ createVectorIndexStore }) => createVectorIndexStore(),
    () => null,
  ),
)

/** The vectors nearest to one. */
export function findNeighbours(task: FindNeighboursTask) {
  return packOutcome(async () => {
    const asked = findNeighboursTask.parse(task)
    const indexes = await openStore()
    return readCatalogue(asked.catalogue, (db) => find(asked, { vectors: new VectorRepo(db), indexes }))
  })
}
