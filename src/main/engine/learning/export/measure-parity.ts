import { readFile } from 'node:fs/promises'
import type { Parity } from '#shared/contract/model.contract.ts'
import type { ImageCodec } from '#engine/base/media/image-codec.ts'
import { readImageFile } from '#engine/base/media/read-image-file.ts'
import type { InferenceRuntime } from '#engine/base/runtime/inference-session.ts'
import type { HeadSpec, TrainingEngine } from '#engine/networks/architecture/training-engine.ts'
import {
  makeInput,
  openFaceCropper,
  type FaceCropper,
  type PictureView,
} from '#engine/networks/faces/crop-face.ts'
import { openProbeTrainer, type Trainer } from './probe-trainer.ts'
import { isBackbone } from '#shared/domain/architectures.ts'
import { createOpenSlot } from '#engine/base/kernel/open-slot.ts'
import { TensorReader } from '#engine/networks/tensors/tensor-reader.ts'
import { readAge, readYears } from '#engine/networks/architecture/read-age.ts'
import { argMax } from '#engine/networks/architecture/softmax.ts'
import { ExportedModel } from '#engine/networks/inference/exported-model.ts'
import type { ParityTask } from '#engine/networks/inference/infer-tasks.ts'
import { readSafetensors } from '#engine/networks/weights/safetensors.ts'

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
  seen: { readonly inputSize: number; readonly view: PictureView },
  { codec, cropper }: { codec: ImageCodec; cropper: () => Promise<FaceCropper> },
): Promise<Uint8Array> {
  const tensors: Uint8Array[] = []
  for (const { file } of images) {
    const { bytes } = await readImageFile(file)
    tensors.push((await makeInput(await codec.decode(bytes), seen, cropper)).tensor)
  }
  return Buffer.concat(tensors)
}

/** The engine that trained, with the model's weights. */
async function openTrainer(
  { weightsFile, network, threads }: ParityTask,
  { engine, runtime }: Pick<ParityDeps, 'engine' | 'runtime'>,
): Promise<Trainer> {
  const { tensors } = readSafetensors(await readFile(weightsFile), weightsFile)
  const { arch, heads, inputSize } = network
  if (!isBackbone(arch)) return openProbeTrainer(tensors, heads, { runtime, threads })
  // Nothing is trained, but an engine wants a loss for each head in years.
  const losses = new Map(
    heads
      .filter(({ readOut = 'class' }) => readOut !== 'class')
      .map(({ task }) => [task, { kind: 'l1' }] as const),
  )
  const session = await engine.compile(
    { arch, heads, inputSize },
    {
      batchSize: chunkImages,
      threads,
      // Its forward pass is the same whatever is trained, and moments and gradients of the backbone would only cost memory.
      trainable: 'heads',
      optimiser: {
        kind: 'sgd',
        momentum: 0,
        nesterov: false,
        weightDecay: 0,
        decayNormsAndBiases: true,
      },
      objective: { losses, combination: 'given' },
    },
  )
  session.load({ weights: tensors })
  return session
}

interface BothSides {
  readonly ours: Float32Array
  readonly theirs: Float32Array
}

/** A broken file must not look perfect: no comparison with NaN is true, so NaN counts as the largest difference. */
function findLargestDifference({ ours, theirs }: BothSides): number {
  let largest = 0
  ours.forEach((value, index) => {
    const difference = Math.abs(value - (theirs[index] ?? Number.NaN))
    if (!(difference <= largest)) largest = Number.isFinite(difference) ? difference : Number.MAX_VALUE
  })
  return largest
}

class ParityTally {
  #logits = 0
  #years: number | null = null
  #equal = 0
  #answers = 0

  /** Counts what one head answers on both sides; `ageYears` is the file's own read-out where it has one. */
  add({ task, classes, readOut = 'class' }: HeadSpec, sides: BothSides, ageYears: Float32Array | null): void {
    const { ours, theirs } = sides
    if (ours.length !== theirs.length) {
      throw new Error(`The exported file has no head ${task} of ${classes} numbers`)
    }
    const count = ours.length / classes
    this.#answers += count
    const rowsOf = (all: Float32Array) =>
      Array.from({ length: count }, (_, image) => all.subarray(image * classes, (image + 1) * classes))
    const answerOf = (row: Float32Array) => (readOut === 'class' ? argMax(row) : readAge(row, readOut).bin)
    const theirAnswers = rowsOf(theirs).map(answerOf)
    this.#equal += rowsOf(ours).filter((row, image) => answerOf(row) === theirAnswers[image]).length
    if (readOut !== 'years') this.#logits = Math.max(this.#logits, findLargestDifference(sides))
    if (readOut === 'class') return
    const yearsOf = (all: Float32Array) => Float32Array.from(rowsOf(all), (row) => readYears(row, readOut))
    const ourYears = yearsOf(ours)
    for (const theirYears of [yearsOf(theirs), ageYears ?? yearsOf(theirs)]) {
      const difference = findLargestDifference({ ours: ourYears, theirs: theirYears })
      this.#years = Math.max(this.#years ?? 0, difference)
    }
  }

  result(images: number): Parity {
    return {
      images,
      maxAbsDifference: this.#logits,
      maxAbsYearsDifference: this.#years,
      agreement: this.#equal / this.#answers,
    }
  }
}

/**
 * Two ways from the same image files to logits, which share no more than they must. The trainer's: the tensors that
 * training reads, the weights file, and the training graph's own forward pass with the running statistics. The
 * other: the files' bytes decoded anew, and the exported file with the weights, normalisation and labels inside it.
 * They share the code that decodes and resizes, which is the same wherever the product does it, and the runtime; so
 * parity shows that the file computes what was trained, not that a decoder or ONNX Runtime is right.
 */
export async function measureParity(task: ParityTask, deps: ParityDeps): Promise<Parity> {
  const { images, network, threads } = task
  const heads = network.heads.filter((head) => task.compared.includes(head.task))
  using reader = new TensorReader(task.tensorsFile, network.inputSize)
  const trainer = await openTrainer(task, deps)
  const croppers = createOpenSlot<number, FaceCropper>({
    open: (forThreads) => openFaceCropper({ runtime: deps.runtime, threads: forThreads }),
    close: async (cropper) => cropper[Symbol.asyncDispose](),
  })
  const { codec } = deps
  const cropper = () => croppers.get(threads)
  try {
    const exported = await ExportedModel.open(task, deps.runtime, threads)
    try {
      const tally = new ParityTally()
      for (let start = 0; start < images.length; start += chunkImages) {
        deps.onProgress(start)
        const chunk = images.slice(start, start + chunkImages)
        const tensors = reader.readAll(chunk.map(({ row }) => row))
        const trained = await trainer.predictAsTrained(tensors, chunk.length)
        const seen = { inputSize: network.inputSize, view: exported.view }
        const inputs = await readFiles(chunk, seen, { codec, cropper })
        const served = await exported.run(inputs, chunk.length)
        for (const head of heads) {
          const ours = trained.logits.get(head.task) ?? new Float32Array()
          const theirs = served.heads.get(head.task) ?? new Float32Array()
          tally.add(head, { ours, theirs }, served.ageYears)
        }
      }
      return tally.result(images.length)
    } finally {
      await exported.dispose()
    }
  } finally {
    await croppers.close()
    await trainer.dispose()
  }
}
