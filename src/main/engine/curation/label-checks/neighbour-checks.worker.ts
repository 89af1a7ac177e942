import { serveCatalogueRead } from '#engine/base/db/read-catalogue.ts'
import { LabelSourceRepo } from '#engine/curation/label-checks/label-source.repo.ts'
import { neighbourChecksTask } from '#engine/curation/label-checks/neighbour-checks-task.ts'
import { runNeighbourChecks } from '#engine/curation/label-checks/run-neighbour-checks.ts'
import { openVectorSource } from '#engine/curation/vectors/vector-source.ts'

/** Finds each image's nearest neighbours in an embedding space and what they say of its labels. */
await serveCatalogueRead(neighbourChecksTask, (task, db, context) =>
  runNeighbourChecks(task, {
    labels: new LabelSourceRepo(db),
    vectors: openVectorSource(db),
    ...context,
  }),
)
