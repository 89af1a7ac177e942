import { openImageCodec } from '#engine/base/media/open-image-codec.ts'
import { parityTask } from '#engine/networks/inference/infer-tasks.ts'
import { measureParity } from '#engine/learning/export/measure-parity.ts'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { createOnnxTrainingEngine } from '#engine/networks/gradients/onnx/create-onnx-training-engine.ts'
import { serveWorkerRun } from '#engine/base/threads/worker-run.ts'

await serveWorkerRun(parityTask, async (task, { report, throwIfCancelled }) => {
  const runtime = createOrtRuntime()
  return measureParity(task, {
    runtime,
    engine: createOnnxTrainingEngine({ runtime }),
    codec: await openImageCodec(task.codec),
    onProgress: (imagesDone) => {
      throwIfCancelled()
      report({ imagesDone })
    },
  })
})
