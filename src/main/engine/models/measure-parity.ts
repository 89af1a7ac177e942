import { readFile } from 'node:fs/promises'
import { readImageFile } from '#engine/media/read-image-file.ts'
import type { ImageCodec } from '#engine/media/image-codec.ts'
import type { TrainingEngine } from '#engine/training/training-engine.ts'
import { resizeToPlanar } from './domain/resize-image.ts'
import { argMax } from './domain/softmax.ts'
import type { ExportedModel } from './exported-model.ts'
import type { ParityPart, ParityTask } from './infer-tasks.ts'
import { readSafetensors } from './safetensors.ts'

async function readTensors(task: ParityTask, codec: ImageCodec): Promise<Uint8Array> {
  const tensors: Uint8Array[] = []
  for (const { file } of task.images) {
    const { bytes } = await readImageFile(file)
    tensors.push(resizeToPlanar(await codec.decode(bytes), task.network.inputSize))
  }
  return Buffer.concat(tensors)
}

/** The trainer's own answers, by the engine that trained: its session is made for this call and closed. */
async function predictWithTrainer(images: Uint8Array, task: ParityTask, engine: TrainingEngine) {
  const { weightsFile, network, threads } = task
  const { tensors } = readSafetensors(await readFile(weightsFile), weightsFile)
  const session = await engine.compile(network, {
    batchSize: 2,
    threads,
    optimiser: {
      kind: 'adamw',
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0,
      decayNormsAndBiases: true,
    },
  })
  try {
    session.load({ weights: tensors })
    return await session.predict(images, task.images.length)
  } finally {
    await session.dispose()
  }
}

/** The trainer's logits beside the exported file's, each from the image files' own bytes. */
export async function measureParity(
  task: ParityTask,
  deps: { engine: TrainingEngine; model: ExportedModel; codec: ImageCodec },
): Promise<ParityPart> {
  const count = task.images.length
  const trained = await predictWithTrainer(await readTensors(task, deps.codec), task, deps.engine)
  const exported = await deps.model.run(await readTensors(task, deps.codec), count)
  let maxAbsDifference = 0
  let equalAnswers = 0
  let answers = 0
  for (const { task: name, classes } of task.network.heads) {
    const ours = trained.logits.get(name) ?? new Float32Array()
    const theirs = exported.get(name) ?? new Float32Array()
    if (ours.length !== theirs.length)
      throw new Error(`The exported file has no head ${name} of ${classes} classes`)
    ours.forEach((logit, index) => {
      const difference = Math.abs(logit - (theirs[index] ?? Number.NaN))
      // A comparison with NaN is false: a broken file must not look perfect.
      if (!(difference <= maxAbsDifference))
        maxAbsDifference = Number.isFinite(difference) ? difference : Number.MAX_VALUE
    })
    for (let image = 0; image < count; image++) {
      const row = [image * classes, (image + 1) * classes] as const
      answers++
      if (argMax(ours.subarray(...row)) === argMax(theirs.subarray(...row))) equalAnswers++
    }
  }
  return { images: count, maxAbsDifference, equalAnswers, answers }
}
