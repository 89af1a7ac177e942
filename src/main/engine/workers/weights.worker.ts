import { inspectWeights, inspectWeightsTask } from '#engine/training/initial-weights.ts'
import { serveWorkerRun } from './worker-run.ts'

/** Reads a weights file and tells what a network would take from it. */
await serveWorkerRun(inspectWeightsTask, inspectWeights)
