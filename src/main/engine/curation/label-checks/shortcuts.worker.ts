import { LabelSourceRepo } from '#engine/curation/label-checks/label-source.repo.ts'
import { ShortcutSourceRepo } from '#engine/curation/label-checks/shortcut-source.repo.ts'
import { runShortcuts, shortcutTask } from '#engine/curation/label-checks/shortcut-task.ts'
import { openReader } from '#engine/base/db/open-reader.ts'
import { serveWorkerRun } from '#engine/base/threads/worker-run.ts'

/** Measures how far image properties alone give the labels away. */
await serveWorkerRun(shortcutTask, (task, { report, throwIfCancelled }) => {
  const db = openReader(task.catalogue)
  try {
    const repos = { labels: new LabelSourceRepo(db), properties: new ShortcutSourceRepo(db) }
    return Promise.resolve(runShortcuts(task, { ...repos, report, throwIfCancelled }))
  } finally {
    db.close()
  }
})
