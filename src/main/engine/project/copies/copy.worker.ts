import { checkDatabase } from '#engine/base/db/check-database.ts'
import { copyDatabase } from '#engine/base/db/copy-database.ts'
import { serveWorkerRun } from '#engine/base/threads/worker-run.ts'
import { copyTask } from './copy-task.ts'

void serveWorkerRun(copyTask, async (task, { throwIfCancelled, report }) => {
  if (task.kind === 'copy') return copyDatabase({ ...task, throwIfCancelled, onReached: report })
  checkDatabase(task.source, task)
  return null
})
