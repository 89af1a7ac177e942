import { serveWorkerRun } from '#engine/base/threads/worker-run.ts'
import { growAndConfirm } from '#engine/assessment/metrics/domain/confirm-leaves.ts'
import { errorTreeTask } from './error-tree-task.ts'

/** Grows a tree of wrong answers and holds its leaves against the other half: a second or two for 100,000 images. */
await serveWorkerRun(errorTreeTask, (task) => Promise.resolve(growAndConfirm(task)))
