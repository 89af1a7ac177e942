import { readCurveFiles, readCurvesTask } from '#engine/networks/tensorboard/read-curves.ts'
import { serveWorkerRun } from '#engine/base/threads/worker-run.ts'

/** Reads the curves of TensorBoard event files, which may be of any size. */
await serveWorkerRun(readCurvesTask, ({ path }, context) => readCurveFiles(path, context))
