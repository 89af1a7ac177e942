import { readFile } from 'node:fs/promises'
import type { Parity } from '#shared/contract/model.contract.ts'
import type { ImageCodec } from '#engine/media/image-codec.ts'
import { readImageFile } from '#engine/media/read-image-file.ts'
import type { InferenceRuntime } from '#engine/runtime/inference-session.ts'
import type { HeadSpec, TrainingEngine, TrainingSession } from '#engine/training/training-engine.ts'
import { TensorReader } from '#engine/training/tensor-reader.ts'
import { resizeToPlanar } from './domain/resize-image.ts'
import { argMax } from './domain/softmax.ts'
import { ExportedModel } from './exported-model.ts'
import type { ParityTask } from './infer-tasks.ts'
import { readSafetensors } from './safetensors.ts'

export interface ParityDeps {
  readonly engine: TrainingEngine
  readonly runtime: InferenceRuntime
  readonly codec: ImageCodec
  /** Called before each chunk; throws to stop. */
  readonly onProgress: (imagesDone: number) => void
}

/** Also the trainer's fixed batch, which at 224 px must fit in memory. */
const chunkImages = 16

/** What whoever serves the exported file makes of the image files. */
async function readFiles(
  images: ParityTask['images'],
  inputSize: number,
  codec: ImageCodec,
): Promise<Uint8Array> {
  const tensors: Uint8Array[] = []
  for (const { file } of images) {
    const { bytes } = await readImageFile(file)
    tensors.push(resizeToPlanar(await codec.decode(bytes), inputSize))
  }
  return Buffer.concat(tensors)
}

/** The engine that trained, with the model's weights. */
async function openTrainer(
  { weightsFile, network, threads }: ParityTask,
  engine: TrainingEngine,
): Promise<TrainingSession> {
  const { tensors } = readSafetensors(await readFile(weightsFile), weightsFile)
  const optimiser = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, decayNormsAndBiases: true }
  const session = await engine.compile(network, {
    batchSize: chunkImages,
    threads,
    optimiser: { kind: 'adamw', ...optimiser },
  })
  session.load({ weights: tensors })
  return session
}

/** Adds up what one head answers on both sides. */
function compareHead(
  { task, classes }: HeadSpec,
  { ours, theirs }: { ours: Float32Array; theirs: Float32Array },
): { maxAbsDifference: number; equal: number; answers: number } {
  if (ours.length !== theirs.length)
    throw new Error(`The exported file has no head ${task} of ${classes} classes`)
  const answers = ours.length / classes
  let maxAbsDifference = 0
  let equal = 0
  ours.forEach((logit, index) => {
    const difference = Math.abs(logit - (theirs[index] ?? Number.NaN))
    // A comparison with NaN is false: a broken file must not look perfect.
    if (!(difference <= maxAbsDifference)) {
      maxAbsDifference = Number.isFinite(difference) ? difference : Number.MAX_VALUE
    }
  })
  for (let image = 0; image < answers; image++) {
    const row = [image * classes, (image + 1) * classes] as const
    if (argMax(ours.subarray(...row)) === argMax(theirs.subarray(...row))) equal++
  }
  return { maxAbsDifference, equal, answers }
}

/**
 * Two ways from the same image files to logits, which share no more than they must. The trainer's: the tensors that
 * training reads, the weights file, and the training graph's own forward pass with the running statistics. The
 * other: the files' bytes decoded anew, and the exported file with the weights, normalisation and labels inside it.
 * They share the code that decodes and resizes, which is the same wherever the product does it, and the runtime; so
 * parity shows that the file computes what was trained, not that a decoder or ONNX Runtime is right.
 */
export async function measureParity(task: ParityTask, deps: ParityDeps): Promise<Parity> {
  const { images, network, onnxFile, threads } = task
  using reader = new TensorReader(task.tensorsFile, network.inputSize)
  const trainer = await openTrainer(task, deps.engine)
  try {
    const exported = await ExportedModel.open(onnxFile, deps.runtime, threads)
    try {
      const total = { maxAbsDifference: 0, equal: 0, answers: 0 }
      for (let start = 0; start < images.length; start += chunkImages) {
        deps.onProgress(start)
        const chunk = images.slice(start, start + chunkImages)
        const { inputSize } = network
        const tensors = reader.readAll(chunk.map(({ row }) => row))
        const trained = await trainer.predictAsTrained(tensors, chunk.length)
        const served = await exported.run(await readFiles(chunk, inputSize, deps.codec), chunk.length)
        for (const head of network.heads) {
          const ours = trained.logits.get(head.task) ?? new Float32Array()
          const theirs = served.get(head.task) ?? new Float32Array()
          const compared = compareHead(head, { ours, theirs })
          total.maxAbsDifference = Math.max(total.maxAbsDifference, compared.maxAbsDifference)
          total.equal += compared.equal
          total.answers += compared.answers
        }
      }
      const { maxAbsDifference, equal, answers } = total
      return { images: images.length, maxAbsDifference, agreement: equal / answers }
    } finally {
      await exported.dispose()
    }
  } finally {
    await trainer.dispose()
  }
}
