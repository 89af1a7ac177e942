import { mapTask } from '#engine/curation/map/map-task.ts'
import { runMap } from '#engine/curation/map/run-map.ts'
import { VectorSourceRepo } from '#engine/curation/vectors/vector-source.repo.ts'
import { openReader } from '#engine/base/db/open-reader.ts'
import { serveWorkerRun } from '#engine/base/threads/worker-run.ts'

/** Lays the images of an embedding space out in two dimensions. */
await serveWorkerRun(mapTask, (task, { report, throwIfCancelled }) => {
  const db = openReader(task.catalogue)
  try {
    return Promise.resolve(runMap(task, { vectors: new VectorSourceRepo(db), report, throwIfCancelled }))
  } finally {
    db.close()
  }
})
