import { AppError } from '#shared/contract/errors.ts'
import { createOpenSlot } from '#engine/base/kernel/open-slot.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { openImageCodec } from '#engine/base/media/open-image-codec.ts'
import { readImportedImage, type ImportedImage } from '#engine/base/media/read-imported-image.ts'
import { packOutcome } from '#engine/base/threads/worker-outcome.ts'
import { varyPicture } from '#engine/assessment/explanations/domain/vary-picture.ts'
import { argMax } from '#engine/networks/architecture/softmax.ts'
import { readAge } from '#engine/networks/architecture/read-age.ts'
import { makeInput, openFaceCropper, type FaceCropper } from '#engine/networks/faces/crop-face.ts'
import { averageBlocks } from '#engine/networks/faces/domain/sample-square.ts'
import { ExportedModel } from '#engine/networks/inference/exported-model.ts'
import { usualChoice } from '#engine/networks/inference/inference-choice.ts'
import { openRuntime } from '#engine/networks/inference/open-runtime.ts'
import { changes } from './domain/changes.ts'
import { compareChanges as compare } from './domain/compare-changes.ts'
import { imageState, type ChangeImagesTask, type CompareChangesTask } from './sensitivity-tasks.ts'

type Key = Pick<ChangeImagesTask, 'onnxFile' | 'sha256' | 'threads'>

const runtime = openRuntime(usualChoice)

const models = createOpenSlot<Key, ExportedModel>({
  open: ({ threads, ...model }) => ExportedModel.open(model, runtime, threads),
  close: (model) => model.dispose(),
  isSame: (a, b) => a.onnxFile === b.onnxFile && a.sha256 === b.sha256 && a.threads === b.threads,
})

const croppers = createOpenSlot<number, FaceCropper>({
  open: (threads) => openFaceCropper({ runtime, threads }),
  close: async (cropper) => cropper[Symbol.asyncDispose](),
})

/** More than three times what a network sees, so that a changed picture holds all that it would have seen. */
const largestSide = 768

/** Null for a file that cannot be read or is another than was imported. */
async function decode(image: ImportedImage, { codec }: ChangeImagesTask): Promise<RgbImage | null> {
  try {
    const { width, height, data } = await (await openImageCodec(codec)).decode(await readImportedImage(image))
    const factor = Math.max(1, Math.min(Math.floor(Math.max(width, height) / largestSide), width, height))
    return factor === 1 ? { width, height, data } : averageBlocks({ width, height, data }, factor)
  } catch (error) {
    if (error instanceof AppError) return null
    throw error
  }
}

/** What a network is shown of every change of a picture. */
async function showChanges(picture: RgbImage, model: ExportedModel, threads: number) {
  const tensors: Uint8Array[] = []
  let hasFace = true
  for (const { kind, variation } of changes) {
    const { view, metadata } = model
    const { inputSize } = metadata
    const changed = varyPicture(picture, variation)
    const { tensor, face } = await makeInput(changed, { view, inputSize }, () => croppers.get(threads))
    if (kind === null && view === 'face' && face === null) hasFace = false
    tensors.push(tensor)
  }
  return { tensors: Buffer.concat(tensors), hasFace }
}

/** Answers to pictures and to their changes. */
export function changeImages(task: ChangeImagesTask) {
  return packOutcome(async () => {
    const { onnxFile, sha256, threads, tasks, images } = task
    const model = await models.get({ onnxFile, sha256, threads })
    const { ageReadOut } = model.metadata
    const count = changes.length
    const states = new Uint8Array(images.length)
    const predicted = new Int16Array(images.length * tasks.length * count).fill(-1)
    const years = new Float32Array(images.length * count).fill(Number.NaN)
    for (const [at, image] of images.entries()) {
      const picture = await decode(image, task)
      if (picture === null) {
        states[at] = imageState.unreadable
        continue
      }
      const { tensors, hasFace } = await showChanges(picture, model, threads)
      if (!hasFace) states[at] = imageState.noFace
      const { heads } = await model.run(tensors, count)
      for (const [place, name] of tasks.entries()) {
        const numbers = heads.get(name) ?? new Float32Array()
        const width = numbers.length / count
        for (let change = 0; change < count; change++) {
          const row = numbers.subarray(change * width, (change + 1) * width)
          const age = name === 'age' ? readAge(row, ageReadOut) : null
          predicted[(at * tasks.length + place) * count + change] = age?.bin ?? argMax(row)
          if (age !== null && age.years !== null) years[at * count + change] = age.years
        }
      }
    }
    return { states, predicted, years }
  })
}

export const compareChanges = ({ answers, whose, draws, seed }: CompareChangesTask) =>
  packOutcome(() => compare(answers, whose, { draws, seed }))
