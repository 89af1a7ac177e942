import { serveWorkerRun } from '#engine/base/threads/worker-run.ts'
import { compileTypst } from './adapters/compile-typst.ts'
import { typstTask } from './typst-task.ts'

/** Sets a report as PDF, in a thread of its own since a long one takes seconds. */
await serveWorkerRun(typstTask, (source) => Promise.resolve(new Uint8Array(compileTypst(source))))
