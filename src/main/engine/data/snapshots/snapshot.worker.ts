import { runSnapshotTask, snapshotTask } from '#engine/data/snapshots/snapshot-tasks.ts'
import { serveWorkerRun } from '#engine/base/threads/worker-run.ts'

/** Reads the state of the catalogue for a snapshot, or compares two. */
await serveWorkerRun(snapshotTask, (task) => Promise.resolve(runSnapshotTask(task)))
