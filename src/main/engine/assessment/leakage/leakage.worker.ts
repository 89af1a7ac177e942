import { serveCatalogueRead } from '#engine/base/db/read-catalogue.ts'
import { compareStanding } from '#engine/assessment/leakage/compare-standing.ts'
import { findLeaks } from '#engine/assessment/leakage/find-leaks.ts'
import { leakageTask } from '#engine/assessment/leakage/leakage-task.ts'
import { LeakageSourceRepo } from '#engine/assessment/leakage/leakage-source.repo.ts'
import { openVectorSource } from '#engine/curation/vectors/vector-source.ts'

/** Looks for what leaks between the parts of a split, or says how certificates stand. */
await serveCatalogueRead(leakageTask, async (task, db, context) => {
  const deps = { source: new LeakageSourceRepo(db), vectors: openVectorSource(db), ...context }
  return task.kind === 'measure' ? findLeaks(task, deps) : compareStanding(task, deps)
})
