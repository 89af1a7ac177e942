import { createImageCodec } from '#engine/media/create-image-codec.ts'
import { parityTask } from '#engine/models/infer-tasks.ts'
import { measureParity } from '#engine/models/measure-parity.ts'
import { createOrtRuntime } from '#engine/runtime/adapters/ort.ts'
import { createOnnxTrainingEngine } from '#engine/training/onnx/create-onnx-training-engine.ts'
import { serveWorkerRun } from './worker-run.ts'

await serveWorkerRun(parityTask, async (task, { report, throwIfCancelled }) => {
  const runtime = createOrtRuntime()
  return measureParity(task, {
    runtime,
    engine: createOnnxTrainingEngine({ runtime }),
    codec: await createImageCodec(task.codec),
    onProgress: (imagesDone) => {
      throwIfCancelled()
      report({ imagesDone })
    },
  })
})
