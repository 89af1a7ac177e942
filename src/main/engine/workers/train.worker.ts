import { createOrtRuntime } from '#engine/runtime/adapters/ort.ts'
import { createOnnxTrainingEngine } from '#engine/training/onnx/create-onnx-training-engine.ts'
import { trainAssignment } from '#engine/training/train-protocol.ts'
import { trainNetwork } from '#engine/training/train-network.ts'
import { locateSiblings } from './worker-locator.ts'
import { serveWorkerRun } from './worker-run.ts'

/** One keeps ahead of any step measured here; more would take cores from it. */
const feedThreads = 1

await serveWorkerRun(trainAssignment, (assignment, { report, isCancelled }) =>
  trainNetwork(assignment, {
    engine: createOnnxTrainingEngine({ runtime: createOrtRuntime() }),
    feed: { workers: locateSiblings(import.meta.url), threads: feedThreads },
    tell: report,
    isCancelled,
    now: () => performance.now(),
    readMemoryBytes: () => process.memoryUsage.rss(),
  }),
)
