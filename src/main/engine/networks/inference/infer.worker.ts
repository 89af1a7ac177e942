import { openImageCodec } from '#engine/base/media/open-image-codec.ts'
import { createOpenSlot } from '#engine/base/kernel/open-slot.ts'
import { openFaceCropper, type FaceCropper } from '#engine/networks/faces/crop-face.ts'
import { ExportedModelCache } from '#engine/networks/inference/exported-model.ts'
import type {
  MeasureImagesTask,
  PredictImagesTask,
  PredictTensorsTask,
} from '#engine/networks/inference/infer-tasks.ts'
import { countPixels, predictImages as classify } from '#engine/networks/inference/predict-images.ts'
import { createOrtRuntime } from '#engine/base/runtime/adapters/ort.ts'
import { TensorReader } from '#engine/networks/tensors/tensor-reader.ts'
import { packOutcome } from '#engine/base/threads/worker-outcome.ts'

const modelsKept = 2

const runtime = createOrtRuntime()
const models = new ExportedModelCache(runtime, modelsKept)

/** Kept from one request to the next. */
const croppers = createOpenSlot<number, FaceCropper>({
  open: (threads) => openFaceCropper({ runtime, threads }),
  close: async (cropper) => cropper[Symbol.asyncDispose](),
})

/** From encoded image files to probabilities. */
export function predictImages(task: PredictImagesTask) {
  const flag = new Int32Array(task.cancelFlag)
  return packOutcome(async () =>
    classify(task.images, {
      model: await models.get(task, task.threads),
      codec: await openImageCodec(task.codec),
      cropper: () => croppers.get(task.threads),
      isCancelled: () => Atomics.load(flag, 0) !== 0,
    }),
  )
}

/** How large images are, by their headers alone. */
export function measureImages({ codec: name, images }: MeasureImagesTask) {
  return packOutcome(async () => {
    const codec = await openImageCodec(name)
    const pixels: number[] = []
    for (const bytes of images) pixels.push(await countPixels(bytes, codec))
    return pixels
  })
}

/** From cached tensors to what the heads answer. */
export function predictTensors({ tensorsFile, inputSize, rows, ...task }: PredictTensorsTask) {
  return packOutcome(async () => {
    const model = await models.get(task, task.threads)
    using reader = new TensorReader(tensorsFile, inputSize)
    return Object.fromEntries((await model.run(reader.readAll(rows), rows.length)).heads)
  })
}
