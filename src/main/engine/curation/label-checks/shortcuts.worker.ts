import { serveCatalogueRead } from '#engine/base/db/read-catalogue.ts'
import { LabelSourceRepo } from '#engine/curation/label-checks/label-source.repo.ts'
import { ShortcutSourceRepo } from '#engine/curation/label-checks/shortcut-source.repo.ts'
import { runShortcuts, shortcutTask } from '#engine/curation/label-checks/shortcut-task.ts'

/** Measures how far image properties alone give the labels away. */
await serveCatalogueRead(shortcutTask, (task, db, context) =>
  runShortcuts(task, { labels: new LabelSourceRepo(db), properties: new ShortcutSourceRepo(db), ...context }),
)
