import { findNeighbours as find } from '#engine/faces/find-neighbours.ts'
import { findNeighboursTask, type FindNeighboursTask } from '#engine/faces/vector-tasks.ts'
import type { VectorIndexStore } from '#engine/faces/adapters/usearch.ts'
import { packOutcome } from './worker-outcome.ts'

let store: Promise<VectorIndexStore | null> | undefined

/** Null where the native module is not there for this platform: everything is then compared. */
const openStore = (): Promise<VectorIndexStore | null> =>
  (store ??= import('#engine/faces/adapters/usearch.ts').then(
    ({ createVectorIndexStore }) => createVectorIndexStore(),
    () => null,
  ))

/** The vectors nearest to one. */
export function findNeighbours(task: FindNeighboursTask) {
  return packOutcome(async () => find(findNeighboursTask.parse(task), await openStore()))
}
