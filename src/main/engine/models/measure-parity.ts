import { readFile } from 'node:fs/promises'
import type { Parity } from '#shared/contract/model.contract.ts'
import type { ImageCodec } from '#engine/media/image-codec.ts'
import { readImageFile } from '#engine/media/read-image-file.ts'
import type { InferenceRuntime } from '#engine/runtime/inference-session.ts'
import type { HeadSpec, TrainingEngine, TrainingSession } from '#engine/training/training-engine.ts'
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

const chunkImages = 32

async function readTensors(
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
    batchSize: 2,
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

/** The trainer's logits beside the exported file's, each from the image files' own bytes. */
export async function measureParity(task: ParityTask, deps: ParityDeps): Promise<Parity> {
  const { images, network, onnxFile, threads } = task
  const trainer = await openTrainer(task, deps.engine)
  try {
    const exported = await ExportedModel.open(onnxFile, deps.runtime, threads)
    try {
      const total = { maxAbsDifference: 0, equal: 0, answers: 0 }
      for (let start = 0; start < images.length; start += chunkImages) {
        deps.onProgress(start)
        const chunk = images.slice(start, start + chunkImages)
        const { inputSize } = network
        const trained = await trainer.predict(await readTensors(chunk, inputSize, deps.codec), chunk.length)
        const served = await exported.run(await readTensors(chunk, inputSize, deps.codec), chunk.length)
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
