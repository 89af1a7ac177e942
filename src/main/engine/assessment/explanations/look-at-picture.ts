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
import type { FaceDetector } from '#engine/networks/faces/face-detector.ts'
import type { LandmarkNetwork } from '#engine/networks/faces/face-networks.ts'
import type { PictureView } from '#engine/networks/faces/crop-face.ts'
import type { Seen } from './make-maps.ts'

/** Below this a picture shows nothing to explain an answer by. */
const smallestSide = 16
const blankBelow = 0.1

export interface Looked {
  readonly seen: Seen
  readonly width: number
  readonly height: number
  readonly faces: number
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
      ? `${faces} faces were found. The map is of the largest near the middle; cut the picture to another one to explain that.`
      : `${faces} faces were found. The model takes the whole picture for one face; cut it to the one that is meant.`,
  ]
}

/**
 * Decodes a picture, finds its faces, and makes what the network sees of it.
 * @throws AppError INVALID_INPUT saying why it cannot be decoded or shows too little
 */
export async function lookAtPicture(
  bytes: Uint8Array,
  { codec, eyes, view, inputSize }: { codec: ImageCodec; eyes: Eyes; view: PictureView; inputSize: number },
): Promise<Looked> {
  const picture = await codec.decode(bytes)
  refuseTiny(picture)
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
  const notes = tellFaces(faces, view)
  if (measureContent(picture) < blankBelow)
    notes.push(
      'The picture seems to show nothing: it is blank or nearly of one brightness. The answer means nothing.',
    )
  if (view === 'face' && subject.square !== null) {
    const square = viewInMiddle(subject.square)
    const tensor = Uint8Array.from(sampleSquare(picture, square, faceSide), Math.round)
    const scale = faceSide / square.side
    const moved =
      points?.map(({ x, y }) => ({ x: (x - square.x) * scale, y: (y - square.y) * scale })) ?? null
    return {
      seen: { tensor, size: faceSide, points: moved },
      width,
      height,
      faces,
      box: subject.square,
      notes,
    }
  }
  const moved =
    points?.map(({ x, y }) => ({ x: (x * inputSize) / width, y: (y * inputSize) / height })) ?? null
  const tensor = resizeToPlanar(picture, inputSize)
  const box = { x: 0, y: 0, width, height }
  return { seen: { tensor, size: inputSize, points: moved }, width, height, faces, box, notes }
}

function listPoints(numbers: readonly number[]): Point[] {
  return Array.from({ length: numbers.length / 2 }, (_, at) => ({
    x: numbers[at * 2] ?? 0,
    y: numbers[at * 2 + 1] ?? 0,
  }))
}
