import { serveCatalogueRead } from '#engine/base/db/read-catalogue.ts'
import { labelChecksTask, runLabelChecks } from '#engine/curation/label-checks/label-checks-task.ts'
import { LabelSourceRepo } from '#engine/curation/label-checks/label-source.repo.ts'
import { openVectorSource } from '#engine/curation/vectors/vector-source.ts'

/** Judges labels by out-of-sample predictions, or by stored embeddings. */
await serveCatalogueRead(labelChecksTask, (task, db, context) =>
  runLabelChecks(task, { labels: new LabelSourceRepo(db), vectors: openVectorSource(db), ...context }),
)
