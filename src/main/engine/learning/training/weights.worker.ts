import { inspectWeights, inspectWeightsTask } from '#engine/learning/training/initial-weights.ts'
import { serveWorkerRun } from '#engine/base/threads/worker-run.ts'

/** Reads a weights file and tells what a network would take from it. */
await serveWorkerRun(inspectWeightsTask, inspectWeights)
