import { serveCatalogueRead } from '#engine/base/db/read-catalogue.ts'
import { auditDataset } from './domain/audit-dataset.ts'
import { AuditSourceRepo } from './audit-source.repo.ts'
import { auditTask } from './audit-task.ts'
import { readDatasets } from './read-datasets.ts'

/** Measures every data set of the catalogue. */
await serveCatalogueRead(auditTask, (_task, db) => ({
  datasets: readDatasets(new AuditSourceRepo(db)).map(auditDataset),
}))
