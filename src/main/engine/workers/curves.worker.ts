import { readCurveFiles, readCurvesTask } from '#engine/training/tensorboard/read-curves.ts'
import { serveWorkerRun } from './worker-run.ts'

/** Reads the curves of TensorBoard event files, which may be of any size. */
await serveWorkerRun(readCurvesTask, ({ path }, context) => readCurveFiles(path, context))
