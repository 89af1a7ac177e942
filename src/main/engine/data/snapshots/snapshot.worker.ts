import { serveCatalogueRead } from '#engine/base/db/read-catalogue.ts'
import { SnapshotSourceRepo } from '#engine/data/snapshots/snapshot-source.repo.ts'
import { runSnapshotTask, snapshotTask } from '#engine/data/snapshots/snapshot-tasks.ts'

/** Reads the state of the catalogue for a snapshot, or compares two. */
await serveCatalogueRead(snapshotTask, (task, db) => runSnapshotTask(task, new SnapshotSourceRepo(db)))
