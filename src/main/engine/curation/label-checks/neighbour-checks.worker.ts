import { LabelSourceRepo } from '#engine/curation/label-checks/label-source.repo.ts'
import { neighbourChecksTask } from '#engine/curation/label-checks/neighbour-checks-task.ts'
import { runNeighbourChecks } from '#engine/curation/label-checks/run-neighbour-checks.ts'
import { VectorSourceRepo } from '#engine/curation/vectors/vector-source.repo.ts'
import { openReader } from '#engine/base/db/open-reader.ts'
import { serveWorkerRun } from '#engine/base/threads/worker-run.ts'

/** Finds each image's nearest neighbours in an embedding space and what they say of its labels. */
await serveWorkerRun(neighbourChecksTask, (task, { report, throwIfCancelled }) => {
  const db = openReader(task.catalogue)
  try {
    const repos = { labels: new LabelSourceRepo(db), vectors: new VectorSourceRepo(db) }
    return Promise.resolve(runNeighbourChecks(task, { ...repos, report, throwIfCancelled }))
  } finally {
    db.close()
  }
})
