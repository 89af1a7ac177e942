import type { z } from 'zod'
import type { AskedFaces, ImagePrediction } from '#shared/contract/prediction.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import { measureContent } from '#engine/base/media/domain/content.ts'
import type { DecodedImage, ImageCodec } from '#engine/base/media/image-codec.ts'
import { readAge } from '#engine/networks/architecture/read-age.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { makeInput, type FaceCropper } from '#engine/networks/faces/crop-face.ts'
import { cutAround, cutOut, isOfOneFace } from '#engine/networks/faces/cut-face.ts'
import type { Box } from '#engine/networks/faces/domain/geometry.ts'
import { argMax, softmax } from '#engine/networks/architecture/softmax.ts'
import type { ExportedModel, HeadAnswers } from './exported-model.ts'
import type { predictedImages, PredictImagesTask } from './infer-tasks.ts'

/** One face of a picture, as the network is shown it. */
interface Shown {
  readonly tensor: Uint8Array
  /** What is told to be the face: itself where it was found, else what the network saw. */
  readonly box: Box
  readonly cut: Box | null
}

type Input =
  | { readonly file: string; readonly shown: readonly Shown[]; readonly warning: string | null }
  | { readonly file: string; readonly error: string }

/**
 * Far below the cut of Curate's check for low information, which asks for a look: of 15,302 faces of UTKFace, FairFace and LFW
 * the lowest has 0.141.
 */
const blankBelow = 0.1

/** A network answers whatever it is shown, and as surely. */
const blankWarning =
  'The picture seems to show nothing: it is blank or nearly of one brightness. The answer means nothing.'

const facelessWarning =
  'No face was found in the picture: the answer is on the whole of it, and less to be relied on.'

interface PredictOptions {
  readonly model: ExportedModel
  readonly faces: AskedFaces
  readonly codec: ImageCodec
  /** Opens what finds faces, for networks of faces and where each face is asked about. */
  readonly cropper: () => Promise<FaceCropper>
}

type Made = Omit<Extract<Input, { shown: unknown }>, 'file'>

/** The whole picture as one face, as the models' training pictures are. */
async function showPicture(image: RgbImage, { model, cropper }: PredictOptions): Promise<Made> {
  const { view, metadata } = model
  const { inputSize } = metadata
  const { tensor, face } = await makeInput(image, { view, inputSize }, cropper)
  const box = face ?? { x: 0, y: 0, width: image.width, height: image.height }
  const warning = view === 'face' && face === null ? facelessWarning : null
  return { shown: [{ tensor, box, cut: null }], warning }
}

/** Each face for itself, cut out of the picture unless that is of one face already. */
async function showFaces(image: RgbImage, options: PredictOptions): Promise<Made> {
  const { boxes, left } = await (await options.cropper()).list(image)
  if (isOfOneFace(boxes, image)) {
    const { shown, warning } = await showPicture(image, options)
    return {
      shown: shown.map((one) => ({ ...one, box: boxes[0] ?? one.box })),
      warning: boxes.length === 0 ? facelessWarning : warning,
    }
  }
  const shown: Shown[] = []
  for (const box of boxes) {
    const cut = cutAround(box, image)
    const [one] = (await showPicture(cutOut(image, cut), options)).shown
    if (one !== undefined) shown.push({ tensor: one.tensor, box, cut })
  }
  const warning =
    left === 0 ? null : `${boxes.length + left} faces were found; the ${boxes.length} surest are answered.`
  return { shown, warning }
}

async function decodeInput(
  { file, bytes }: PredictImagesTask['images'][number],
  options: PredictOptions,
): Promise<Input> {
  let image: DecodedImage
  try {
    image = await options.codec.decode(bytes)
  } catch (error) {
    if (error instanceof AppError) return { file, error: error.message }
    throw error
  }
  const { shown, warning } = await (options.faces === 'each' ? showFaces : showPicture)(image, options)
  return { file, shown, warning: measureContent(image) < blankBelow ? blankWarning : warning }
}

/** Pixels by the header; 0 for what cannot be decoded, which costs nothing. */
export async function countPixels(bytes: Uint8Array, codec: ImageCodec): Promise<number> {
  try {
    const { width, height } = await codec.probe(bytes)
    return width * height
  } catch (error) {
    if (error instanceof AppError) return 0
    throw error
  }
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
 * its box is the whole image; a network of faces finds the main face and gives its box. Where each face is asked about, every one is
 * cut out for itself. One that cannot be read has its reason in `error`; one that shows nothing has a `warning`.
 */
export async function predictImages(
  images: PredictImagesTask['images'],
  options: PredictOptions & { isCancelled: () => boolean; tellsComputing?: boolean },
): Promise<z.infer<typeof predictedImages>> {
  const { model, isCancelled, tellsComputing = false } = options
  const { name, labels, purpose, guarded } = model.metadata
  const startedAt = performance.now()
  const inputs: Input[] = []
  for (const image of images) {
    if (isCancelled()) throw new AppError('CANCELLED', 'The prediction was cancelled.')
    inputs.push(await decodeInput(image, options))
  }
  const decodedAt = performance.now()
  const tensors = inputs.flatMap((input) => ('shown' in input ? input.shown.map(({ tensor }) => tensor) : []))
  const count = tensors.length
  const answers = await model.run(Buffer.concat(tensors), count)
  let at = 0
  const predictions = inputs.map((input): ImagePrediction => {
    if ('error' in input) return { file: input.file, faces: [], error: input.error }
    const { file, shown, warning } = input
    const faces = shown.map(({ box, cut }) => ({
      box,
      ...(cut === null ? {} : { cut }),
      ...describeFace(answers, model, { at: at++, count }),
    }))
    return { file, faces, ...(warning === null ? {} : { warning }) }
  })
  const milliseconds = { decode: decodedAt - startedAt, inference: performance.now() - decodedAt }
  const described = {
    name,
    sha256: model.sha256,
    labels: Object.fromEntries([...labels].map(([task, classes]) => [task, [...classes]])),
    purpose,
    guarded: [...guarded],
  }
  const pictures = images.map(({ bytes }) => hashBytes(bytes))
  const by = tellsComputing ? { computedBy: model.computedBy } : {}
  return { model: described, predictions, pictures, milliseconds, ...by }
}
