import { openReader } from '#engine/base/db/open-reader.ts'
import { computeSplit, computeSplitTask } from '#engine/data/splits/compute-split.ts'
import { SplitSourceRepo } from '#engine/data/splits/split-source.repo.ts'
import { serveWorkerRun } from '#engine/base/threads/worker-run.ts'

/** Reads the catalogue's images and plans a split of them. */
await serveWorkerRun(computeSplitTask, (task) => {
  const db = openReader(task.catalogue)
  try {
    return Promise.resolve(computeSplit(new SplitSourceRepo(db).readImages(task), task))
  } finally {
    db.close()
  }
})
