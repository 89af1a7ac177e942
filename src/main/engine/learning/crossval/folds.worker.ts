import { computeFolds, computeFoldsTask } from '#engine/learning/crossval/compute-folds.ts'
import { FoldSourceRepo } from '#engine/learning/crossval/fold-source.repo.ts'
import { openReader } from '#engine/base/db/open-reader.ts'
import { serveWorkerRun } from '#engine/base/threads/worker-run.ts'

/** Reads a split's train and validation parts and plans folds of them. */
await serveWorkerRun(computeFoldsTask, (task) => {
  const db = openReader(task.catalogue)
  try {
    return Promise.resolve(computeFolds(new FoldSourceRepo(db).readImages(task.splitId), task))
  } finally {
    db.close()
  }
})
