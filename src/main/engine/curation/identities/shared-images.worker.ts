import { serveCatalogueRead } from '#engine/base/db/read-catalogue.ts'
import { findShared } from '#engine/curation/identities/domain/find-shared.ts'
import { SharedSourceRepo } from './shared-source.repo.ts'
import { sharedTask } from './shared-task.ts'

/** Finds what several data sets, or the parts of one, have in common. */
await serveCatalogueRead(sharedTask, (_task, db) => findShared(new SharedSourceRepo(db).readImages()))
