import { serveCatalogueRead } from '#engine/base/db/read-catalogue.ts'
import { computeSplit, restateSplit, splitTask } from '#engine/data/splits/compute-split.ts'
import { SplitSourceRepo } from '#engine/data/splits/split-source.repo.ts'

/** Plans a split of the catalogue's images, or says what a stored one is as it stands. */
await serveCatalogueRead(splitTask, (task, db) => {
  const source = new SplitSourceRepo(db)
  if (task.kind === 'plan') return computeSplit(source.readImages(task), task)
  const { rules, members } = source.readStored(task.splitId)
  return restateSplit(rules, members)
})
