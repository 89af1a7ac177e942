import { serveCatalogueRead } from '#engine/base/db/read-catalogue.ts'
import { computeFolds, computeFoldsTask } from '#engine/learning/crossval/compute-folds.ts'
import { FoldSourceRepo } from '#engine/learning/crossval/fold-source.repo.ts'

/** Reads a split's train and validation parts and plans folds of them. */
await serveCatalogueRead(computeFoldsTask, (task, db) =>
  computeFolds(new FoldSourceRepo(db).readImages(task.splitId), task),
)
