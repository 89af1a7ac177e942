import { serveCatalogueRead } from '#engine/base/db/read-catalogue.ts'
import { openVectorSource } from '#engine/curation/vectors/vector-source.ts'
import { IdentitySourceRepo } from './identity-source.repo.ts'
import { inferPeople } from './infer-people.ts'
import { inferTask } from './infer-task.ts'

/** Infers who is the same person in several images. */
await serveCatalogueRead(inferTask, async (task, db, context) =>
  inferPeople(task, { images: new IdentitySourceRepo(db), vectors: openVectorSource(db), ...context }),
)
