import { labelChecksTask, runLabelChecks } from '#engine/curation/label-checks/label-checks-task.ts'
import { LabelSourceRepo } from '#engine/curation/label-checks/label-source.repo.ts'
import { VectorSourceRepo } from '#engine/curation/vectors/vector-source.repo.ts'
import { openReader } from '#engine/base/db/open-reader.ts'
import { serveWorkerRun } from '#engine/base/threads/worker-run.ts'

/** Judges labels by out-of-sample predictions, or by stored embeddings. */
await serveWorkerRun(labelChecksTask, (task, { report, throwIfCancelled }) => {
  const db = openReader(task.catalogue)
  try {
    const repos = { labels: new LabelSourceRepo(db), vectors: new VectorSourceRepo(db) }
    return Promise.resolve(runLabelChecks(task, { ...repos, report, throwIfCancelled }))
  } finally {
    db.close()
  }
})
