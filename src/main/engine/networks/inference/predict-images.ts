import type { z } from 'zod'
import type { ImagePrediction } from '#shared/contract/prediction.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { DecodedImage, ImageCodec } from '#engine/base/media/image-codec.ts'
import { readAge } from '#engine/networks/architecture/read-age.ts'
import { resizeToPlanar } from '#engine/networks/architecture/resize-image.ts'
import { argMax, softmax } from '#engine/networks/architecture/softmax.ts'
import type { ExportedModel, HeadAnswers } from './exported-model.ts'
import type { predictedImages, PredictImagesTask } from './infer-tasks.ts'

type Input =
  | { readonly file: string; readonly tensor: Uint8Array; readonly width: number; readonly height: number }
  | { readonly file: string; readonly error: string }

async function decodeInput(
  { file, bytes }: PredictImagesTask['images'][number],
  options: { codec: ImageCodec; inputSize: number },
): Promise<Input> {
  let image: DecodedImage
  try {
    image = await options.codec.decode(bytes)
  } catch (error) {
    if (error instanceof AppError) return { file, error: error.message }
    throw error
  }
  const { width, height } = image
  return { file, tensor: resizeToPlanar(image, options.inputSize), width, height }
}

/** What the heads say about the image at position `at` of `count`. */
function describeFace(
  { heads }: HeadAnswers,
  model: ExportedModel,
  { at, count }: { at: number; count: number },
) {
  const { labels, ageReadOut } = model.metadata
  const rowOf = (task: Task): { classes: readonly string[]; row: Float32Array } | null => {
    const classes = labels.get(task)
    const all = heads.get(task)
    if (classes === undefined || all === undefined) return null
    const width = all.length / count
    return { classes, row: all.subarray(at * width, (at + 1) * width) }
  }
  const nameAll = (classes: readonly string[], probabilities: readonly number[]) =>
    Object.fromEntries(classes.map((label, index) => [label, probabilities[index] ?? 0]))
  const classify = (task: Task) => {
    const head = rowOf(task)
    if (head === null) return null
    const { classes, row } = head
    return { label: classes[argMax(row)] ?? '', probabilities: nameAll(classes, softmax(row)) }
  }
  const describeAge = () => {
    const head = rowOf('age')
    if (head === null) return null
    const { bin, years, probabilities } = readAge(head.row, ageReadOut)
    return {
      label: head.classes[bin] ?? '',
      // Bins give no years: no expectation is made up from them.
      ...(years === null ? {} : { years }),
      probabilities: probabilities === null ? null : nameAll(head.classes, probabilities),
    }
  }
  return { age: describeAge(), gender: classify('gender'), race: classify('race') }
}

/**
 * Decodes and classifies image files. Each image is taken as one cropped face, as the models' training images are, and
 * its box is the whole image. One that cannot be read has its reason in `error`.
 */
export async function predictImages(
  images: PredictImagesTask['images'],
  options: { model: ExportedModel; codec: ImageCodec },
): Promise<z.infer<typeof predictedImages>> {
  const { model, codec } = options
  const { inputSize, name } = model.metadata
  const startedAt = performance.now()
  const inputs: Input[] = []
  for (const image of images) inputs.push(await decodeInput(image, { codec, inputSize }))
  const decodedAt = performance.now()
  const tensors = inputs.flatMap((input) => ('tensor' in input ? [input.tensor] : []))
  const count = tensors.length
  const answers = await model.run(Buffer.concat(tensors), count)
  let at = 0
  const predictions = inputs.map((input): ImagePrediction => {
    if ('error' in input) return { file: input.file, faces: [], error: input.error }
    const box = { x: 0, y: 0, width: input.width, height: input.height }
    return { file: input.file, faces: [{ box, ...describeFace(answers, model, { at: at++, count }) }] }
  })
  const milliseconds = { decode: decodedAt - startedAt, inference: performance.now() - decodedAt }
  return { model: { name, sha256: model.sha256 }, predictions, milliseconds }
}
