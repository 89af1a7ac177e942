import { serveCatalogueRead } from '#engine/base/db/read-catalogue.ts'
import { AuditSourceRepo } from './audit-source.repo.ts'
import { qualitiesTask } from './audit-task.ts'
import { readQualities } from './read-datasets.ts'

/** Looks up what scans measured of some images. */
await serveCatalogueRead(qualitiesTask, ({ images }, db) => readQualities(new AuditSourceRepo(db), images))
