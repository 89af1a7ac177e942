import { computeFolds, computeFoldsTask } from '#engine/crossval/compute-folds.ts'
import { FoldSourceRepo } from '#engine/crossval/fold-source.repo.ts'
import { openReader } from '#engine/db/open-reader.ts'
import { serveWorkerRun } from './worker-run.ts'

/** Reads a split's train and validation parts and plans folds of them. */
await serveWorkerRun(computeFoldsTask, (task) => {
  const db = openReader(task.catalogue)
  try {
    return Promise.resolve(computeFolds(new FoldSourceRepo(db).readImages(task.splitId), task))
  } finally {
    db.close()
  }
})
