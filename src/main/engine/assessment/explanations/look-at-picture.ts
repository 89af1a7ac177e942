import { AppError } from '#shared/contract/errors.ts'
import { faceSide } from '#shared/domain/architectures.ts'
import type { ImageCodec } from '#engine/base/media/image-codec.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { measureContent } from '#engine/base/media/domain/content.ts'
import { resizeToPlanar } from '#engine/networks/architecture/resize-image.ts'
import type { Box, Point } from '#engine/networks/faces/domain/geometry.ts'
import { sampleSquare, viewInMiddle } from '#engine/networks/faces/domain/sample-square.ts'
import { faceScore, pickMainFace } from '#engine/networks/faces/domain/stored-faces.ts'
import { findSubject } from '#engine/networks/faces/find-faces.ts'
import { cutAround, cutOut, listFaces } from '#engine/networks/faces/cut-face.ts'
import type { FaceDetector } from '#engine/networks/faces/face-detector.ts'
import type { LandmarkNetwork } from '#engine/networks/faces/face-networks.ts'
import type { PictureView } from '#engine/networks/faces/crop-face.ts'
import type { Seen } from './make-maps.ts'

/** Below this a picture shows nothing to explain an answer by. */
const smallestSide = 16
const blankBelow = 0.1

export interface Looked {
  readonly seen: Seen
  /** Of the whole picture. */
  readonly width: number
  readonly height: number
  readonly faces: number
  /** What was cut out around the face that was asked for. */
  readonly cut: Box | null
  /** What of the picture the network sees, in its pixels. */
  readonly box: Box
  readonly notes: readonly string[]
}

interface Eyes {
  readonly detector: FaceDetector
  readonly landmarks: LandmarkNetwork
}

function refuseTiny({ width, height }: RgbImage): void {
  if (Math.min(width, height) >= smallestSide) return
  throw new AppError(
    'INVALID_INPUT',
    `The picture has ${width} x ${height} pixels, too few to explain an answer by. Use one of at least ${smallestSide} x ${smallestSide}.`,
  )
}

function tellFaces(faces: number, view: PictureView): string[] {
  if (faces === 0)
    return [
      'No face was found in the picture. The model answers to the whole of it all the same, and the map shows that answer.',
    ]
  if (faces === 1) return []
  return [
    view === 'face'
      ? `${faces} faces were found. The map is of the largest near the middle; choose another to explain that.`
      : `${faces} faces were found. The model takes the whole picture for one face; choose the one that is meant.`,
  ]
}

/** What a face of several is cut out of the picture for. Throws INVALID_INPUT for one that there is not. */
async function cutFace(
  picture: RgbImage,
  face: number,
  detector: FaceDetector,
): Promise<{ cut: Box; faces: number }> {
  const { boxes } = await listFaces(picture, detector)
  const box = boxes[face - 1]
  if (box === undefined) {
    throw new AppError(
      'INVALID_INPUT',
      boxes.length === 0
        ? 'No face was found in the picture, so that none can be chosen. Explain the picture as it is.'
        : `The picture has ${boxes.length === 1 ? 'one face' : `${boxes.length} faces`}, counted from the left; there is no face ${face}.`,
    )
  }
  return { cut: cutAround(box, picture), faces: boxes.length }
}

/** The picture as it is, or what is cut out of it around the face that was asked for. Throws as `lookAtPicture`. */
export async function showAsked(
  whole: RgbImage,
  face: number | null,
  detector: FaceDetector,
): Promise<{ picture: RgbImage; cut: Box | null; faces: number | null }> {
  const asked = face === null ? null : await cutFace(whole, face, detector)
  const picture = asked === null ? whole : cutOut(whole, asked.cut)
  refuseTiny(picture)
  return { picture, cut: asked?.cut ?? null, faces: asked?.faces ?? null }
}

interface LookOptions {
  readonly codec: ImageCodec
  readonly eyes: Eyes
  readonly view: PictureView
  readonly inputSize: number
  /** From 1 at the left; null for the picture as it is. */
  readonly face: number | null
}

/**
 * Decodes a picture, finds its faces, and makes what the network sees of it.
 * @throws AppError INVALID_INPUT saying why it cannot be decoded or shows too little, and for a face that there is not
 */
export async function lookAtPicture(
  bytes: Uint8Array,
  { codec, eyes, face, ...network }: LookOptions,
): Promise<Looked> {
  const whole = await codec.decode(bytes)
  const { width, height } = whole
  const { picture, cut, faces } = await showAsked(whole, face, eyes.detector)
  const looked = await lookAtFace(picture, eyes, network)
  if (cut === null || faces === null) return { ...looked, width, height, cut: null }
  const { seen, box } = looked
  const notes = [
    `Face ${face} of ${faces} from the left, cut out of the picture as faces stand in pictures to learn from.`,
    ...noteBlank(picture),
  ]
  return { seen, width, height, faces, cut, box: { ...box, x: box.x + cut.x, y: box.y + cut.y }, notes }
}

const noteBlank = (picture: RgbImage): string[] =>
  measureContent(picture) < blankBelow
    ? [
        'The picture seems to show nothing: it is blank or nearly of one brightness. The answer means nothing.',
      ]
    : []

async function lookAtFace(
  picture: RgbImage,
  eyes: Eyes,
  { view, inputSize }: Pick<LookOptions, 'view' | 'inputSize'>,
): Promise<Omit<Looked, 'cut' | 'width' | 'height'>> {
  const { width, height } = picture
  let faces = 0
  const detector: FaceDetector = {
    ...eyes.detector,
    detect: async (image, lowest) => {
      const found = await eyes.detector.detect(image, lowest)
      faces = found.filter(({ score }) => score >= faceScore).length
      return found
    },
  }
  const subject = await findSubject(picture, { ...eyes, detector })
  const face = pickMainFace(subject.faces)
  const points = face === null ? null : listPoints(face.landmarks)
  const notes = [...tellFaces(faces, view), ...noteBlank(picture)]
  if (view === 'face' && subject.square !== null) {
    const square = viewInMiddle(subject.square)
    const tensor = Uint8Array.from(sampleSquare(picture, square, faceSide), Math.round)
    const scale = faceSide / square.side
    const moved =
      points?.map(({ x, y }) => ({ x: (x - square.x) * scale, y: (y - square.y) * scale })) ?? null
    return { seen: { tensor, size: faceSide, points: moved }, faces, box: subject.square, notes }
  }
  const moved =
    points?.map(({ x, y }) => ({ x: (x * inputSize) / width, y: (y * inputSize) / height })) ?? null
  const tensor = resizeToPlanar(picture, inputSize)
  const box = { x: 0, y: 0, width, height }
  return { seen: { tensor, size: inputSize, points: moved }, faces, box, notes }
}

function listPoints(numbers: readonly number[]): Point[] {
  return Array.from({ length: numbers.length / 2 }, (_, at) => ({
    x: numbers[at * 2] ?? 0,
    y: numbers[at * 2 + 1] ?? 0,
  }))
}
