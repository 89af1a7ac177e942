import type { TrainConfig } from '#shared/contract/train-config.contract.ts'
import { createOrtRuntime } from '#engine/runtime/adapters/ort.ts'
import { createOnnxTrainingEngine } from '#engine/training/onnx/create-onnx-training-engine.ts'
import { createTensorFlowTrainingEngine } from '#engine/training/tensorflow/create-tensorflow-training-engine.ts'
import { findTensorFlowFolder } from '#engine/training/tensorflow/probe-tensorflow.ts'
import { trainAssignment } from '#engine/training/train-protocol.ts'
import { trainNetwork } from '#engine/training/train-network.ts'
import type { TrainingEngine } from '#engine/training/training-engine.ts'
import { locateSiblings } from './worker-locator.ts'
import { serveWorkerRun } from './worker-run.ts'

/** One keeps ahead of any step measured here; more would take cores from it. */
const feedThreads = 1

const workers = locateSiblings(import.meta.url)

function createTrainingEngine(engine: TrainConfig['engine']): TrainingEngine {
  return engine === 'tensorflow'
    ? createTensorFlowTrainingEngine({ workers, folder: findTensorFlowFolder(process.env) })
    : createOnnxTrainingEngine({ runtime: createOrtRuntime() })
}

await serveWorkerRun(trainAssignment, (assignment, { report, isCancelled }) =>
  trainNetwork(assignment, {
    engine: createTrainingEngine(assignment.config.engine),
    feed: { workers, threads: feedThreads },
    tell: report,
    isCancelled,
    now: () => performance.now(),
    readMemoryBytes: () => process.memoryUsage.rss(),
  }),
)
