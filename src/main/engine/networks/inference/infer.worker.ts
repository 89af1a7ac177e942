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
import { usualChoice, type InferenceChoice } from '#engine/networks/inference/inference-choice.ts'
import { openRuntime } from '#engine/networks/inference/open-runtime.ts'
import { TensorReader } from '#engine/networks/tensors/tensor-reader.ts'
import { packOutcome } from '#engine/base/threads/worker-outcome.ts'

const modelsKept = 2

const runtime = openRuntime(usualChoice)
const models = new ExportedModelCache(runtime, modelsKept)

/** Of models that are asked for in another way; there are no more ways than arithmetics. */
const otherModels = new Map<InferenceChoice['arithmetic'], ExportedModelCache>()

function modelsOf(choice: InferenceChoice): ExportedModelCache {
  if (choice.engine === 'onnx') return models
  const { arithmetic } = choice
  const kept = otherModels.get(arithmetic) ?? new ExportedModelCache(openRuntime(choice), modelsKept)
  otherModels.set(arithmetic, kept)
  return kept
}

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
      faces: task.faces,
      model: await modelsOf(task.computeWith).get(task, task.threads),
      tellsComputing: task.computeWith.engine !== usualChoice.engine,
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
export function predictTensors({ tensorsFile, inputSize, rows, computeWith, ...task }: PredictTensorsTask) {
  return packOutcome(async () => {
    const model = await modelsOf(computeWith).get(task, task.threads)
    using reader = new TensorReader(tensorsFile, inputSize)
    const { heads } = await model.run(reader.readAll(rows), rows.length)
    return { heads: Object.fromEntries(heads), computedBy: model.computedBy }
  })
}
