import { compactDatabase } from '#engine/base/db/compact-database.ts'
import { serveWorkerRun } from '#engine/base/threads/worker-run.ts'
import { eraseTask } from './erase-task.ts'
import { holdsHash } from './find-hashes.ts'
import { findTables } from './find-tables.ts'

void serveWorkerRun(eraseTask, async (task, { throwIfCancelled }) => {
  if (task.kind === 'compact') {
    await compactDatabase({ file: task.catalogue, throwIfCancelled })
    return null
  }
  if (task.kind === 'tables') return findTables(task, throwIfCancelled)
  const hashes = new Set(task.hashes)
  const found: string[] = []
  for (const file of task.files) if (await holdsHash(file, hashes, throwIfCancelled)) found.push(file)
  return found
})
