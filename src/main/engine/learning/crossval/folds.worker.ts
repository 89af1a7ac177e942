import { serveCatalogueRead } from '#engine/base/db/read-catalogue.ts'
import { computeFolds, foldsTask, restateFolds } from '#engine/learning/crossval/compute-folds.ts'
import { FoldSourceRepo } from '#engine/learning/crossval/fold-source.repo.ts'

/** Plans folds of a split's train and validation parts, or says what stored ones are as they stand. */
await serveCatalogueRead(foldsTask, (task, db) => {
  const source = new FoldSourceRepo(db)
  return task.kind === 'plan'
    ? computeFolds(source.readImages(task.splitId), task)
    : restateFolds(source.readFolded(task.crossvalId), task)
})
