import { serveCatalogueRead } from '#engine/base/db/read-catalogue.ts'
import { computeSplit, computeSplitTask } from '#engine/data/splits/compute-split.ts'
import { SplitSourceRepo } from '#engine/data/splits/split-source.repo.ts'

/** Reads the catalogue's images and plans a split of them. */
await serveCatalogueRead(computeSplitTask, (task, db) =>
  computeSplit(new SplitSourceRepo(db).readImages(task), task),
)
