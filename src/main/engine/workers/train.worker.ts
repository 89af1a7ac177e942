import { createOrtRuntime } from '#engine/runtime/adapters/ort.ts'
import { createOnnxTrainingEngine } from '#engine/training/onnx/create-onnx-training-engine.ts'
import { trainAssignment } from '#engine/training/train-protocol.ts'
import { trainNetwork } from '#engine/training/train-network.ts'
import { serveWorkerRun } from './worker-run.ts'

await serveWorkerRun(trainAssignment, (assignment, { report, isCancelled }) =>
  trainNetwork(assignment, {
    engine: createOnnxTrainingEngine({ runtime: createOrtRuntime() }),
    tell: report,
    isCancelled,
    now: () => performance.now(),
  }),
)
