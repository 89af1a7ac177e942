import type { InferenceRuntime, InferenceSession } from '#engine/base/runtime/inference-session.ts'
import { detectorMargins } from '#engine/curation/faces/domain/detector-margins.ts'
import { faceScore } from '#engine/curation/faces/domain/stored-faces.ts'
import { decodeCells, decodeSsd } from '#engine/curation/faces/domain/decode-detections.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { sampleSquare, viewInMiddle } from '#engine/curation/faces/domain/sample-square.ts'
import { suppressOverlaps, type Candidate } from '#engine/curation/faces/domain/suppress-overlaps.ts'
import type { Box } from '#engine/curation/faces/domain/geometry.ts'
import type { FaceDetector } from './face-detector.ts'
import { buildLandmarkNetwork, landmarkInputSide } from './landmark-network.ts'
import { buildRecognitionNetwork, recognitionInputSide } from './recognition-network.ts'
import { buildSsdMobilenet, ssdInputSide } from './ssd-mobilenet.ts'
import { buildTinyDetector, tinyAnchors, tinyCells, tinyInputSide } from './tiny-detector.ts'
import { readNetworkWeights } from './weight-files.ts'

interface Machine {
  readonly runtime: InferenceRuntime
  readonly threads: number
}

/** One network with one input `image` of a fixed side. */
class ImageNetwork implements AsyncDisposable {
  readonly #session: InferenceSession
  readonly #side: number

  private constructor(session: InferenceSession, side: number) {
    this.#session = session
    this.#side = side
  }

  static async open(model: Uint8Array, side: number, { runtime, threads }: Machine): Promise<ImageNetwork> {
    return new ImageNetwork(await runtime.createSession(model, { threads }), side)
  }

  /** @param images `[batch, 3, side, side]` one after another. */
  async run<Name extends string>(
    images: readonly Float32Array[],
    outputs: readonly Name[],
  ): Promise<Record<Name, Float32Array>> {
    const plane = 3 * this.#side * this.#side
    const data = new Float32Array(images.length * plane)
    for (const [at, image] of images.entries()) data.set(image, at * plane)
    const dims = [images.length, 3, this.#side, this.#side]
    const found = await this.#session.run({ image: { type: 'float32', dims, data } })
    const read = (name: Name): Float32Array => {
      const output = found[name]
      if (output?.type !== 'float32') throw new Error(`The face network gave no ${name}`)
      return output.data
    }
    return Object.fromEntries(outputs.map((name) => [name, read(name)])) as Record<Name, Float32Array>
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.dispose()
  }
}

/** The square around the whole picture, with the picture in the middle and a margin as a share of its longer side. */
export function viewWithMargin(
  { width, height }: RgbImage,
  margin: number,
): { x: number; y: number; side: number } {
  const longer = Math.max(width, height)
  const side = longer + 2 * Math.round(longer * margin)
  return { x: Math.floor((width - side) / 2), y: Math.floor((height - side) / 2), side }
}

/** A detector that looks at a square and answers in shares of it. */
function createSquareDetector(options: {
  readonly side: number
  readonly margin: number
  readonly overlap: number
  readonly look: (square: Float32Array, minimalScore: number) => Promise<readonly Candidate[]>
  readonly close: () => Promise<void>
}): FaceDetector {
  const { side, margin, overlap, look, close } = options
  return {
    async detect(picture, minimalScore) {
      const view = viewWithMargin(picture, margin)
      const content = { x: 0, y: 0, width: picture.width, height: picture.height }
      const found = await look(sampleSquare(picture, { ...view, content }, side), minimalScore)
      const placed = found.map(({ score, box }) => ({
        score,
        box: {
          x: box.x * view.side + view.x,
          y: box.y * view.side + view.y,
          width: box.width * view.side,
          height: box.height * view.side,
        },
      }))
      return suppressOverlaps(placed, overlap)
    },
    [Symbol.asyncDispose]: close,
  }
}

/** face-api's own limit of overlap for its SSD detector, and for its tiny one. */
const overlaps = { ssd: 0.5, tiny: 0.4 } as const

/** SSD MobileNet v1. */
export async function openSsdDetector(machine: Machine, margin: number): Promise<FaceDetector> {
  const { model, anchors } = buildSsdMobilenet(await readNetworkWeights('ssd_mobilenetv1'))
  const network = await ImageNetwork.open(model, ssdInputSide, machine)
  return createSquareDetector({
    side: ssdInputSide,
    margin,
    overlap: overlaps.ssd,
    look: async (square, minimalScore) =>
      decodeSsd(await network.run([square], ['boxes', 'scores']), anchors, minimalScore),
    close: () => network[Symbol.asyncDispose](),
  })
}

/** The tiny detector: many times faster, and misses more. */
export async function openTinyDetector(machine: Machine, margin: number): Promise<FaceDetector> {
  const network = await ImageNetwork.open(
    buildTinyDetector(await readNetworkWeights('tiny_face_detector')),
    tinyInputSide,
    machine,
  )
  return createSquareDetector({
    side: tinyInputSide,
    margin,
    overlap: overlaps.tiny,
    look: async (square, minimalScore) => {
      const { cells } = await network.run([square], ['cells'])
      return decodeCells(cells, { cells: tinyCells, anchors: tinyAnchors }, minimalScore)
    },
    close: () => network[Symbol.asyncDispose](),
  })
}

/** Lets a second detector look where the first finds nothing sure; the surer answer of the two counts. */
export function createSecondLook(first: FaceDetector, second: FaceDetector, sure: number): FaceDetector {
  return {
    async detect(picture, minimalScore) {
      const found = await first.detect(picture, minimalScore)
      const best = found[0]?.score ?? 0
      if (best >= sure) return found
      const again = await second.detect(picture, minimalScore)
      return (again[0]?.score ?? 0) > best ? again : found
    },
    async [Symbol.asyncDispose]() {
      await first[Symbol.asyncDispose]()
      await second[Symbol.asyncDispose]()
    },
  }
}

/** The default: SSD MobileNet, and the tiny detector where that one finds no face. */
export async function openDefaultDetector(machine: Machine): Promise<FaceDetector> {
  const first = await openSsdDetector(machine, detectorMargins.ssd)
  const second = await openTinyDetector(machine, detectorMargins.tiny)
  return createSecondLook(first, second, faceScore)
}

export interface LandmarkNetwork extends AsyncDisposable {
  /** 68 points as shares of the square around the crop: `[136]`, of the crop and of its mirror image. */
  locate(
    picture: RgbImage,
    crop: Box,
  ): Promise<{ readonly shares: Float32Array; readonly ofMirror: Float32Array }>
}

function mirror(square: Float32Array, side: number): Float32Array {
  const turned = new Float32Array(square.length)
  for (let row = 0; row < square.length; row += side)
    turned.set(square.subarray(row, row + side).toReversed(), row)
  return turned
}

export async function openLandmarkNetwork(machine: Machine): Promise<LandmarkNetwork> {
  const model = buildLandmarkNetwork(await readNetworkWeights('face_landmark_68'))
  const network = await ImageNetwork.open(model, landmarkInputSide, machine)
  return {
    async locate(picture, crop) {
      const square = sampleSquare(picture, viewInMiddle(crop), landmarkInputSide)
      const { points } = await network.run([square, mirror(square, landmarkInputSide)], ['points'])
      return { shares: points.slice(0, points.length / 2), ofMirror: points.slice(points.length / 2) }
    },
    [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
  }
}

export interface RecognitionNetwork extends AsyncDisposable {
  /** The 128 numbers of the aligned face. @param square Whole pixels of the picture. */
  describe(picture: RgbImage, square: Box): Promise<Float32Array>
}

export async function openRecognitionNetwork(machine: Machine): Promise<RecognitionNetwork> {
  const model = buildRecognitionNetwork(await readNetworkWeights('face_recognition'))
  const network = await ImageNetwork.open(model, recognitionInputSide, machine)
  return {
    async describe(picture, square) {
      const face = sampleSquare(picture, viewInMiddle(square), recognitionInputSide)
      const { descriptor } = await network.run([face], ['descriptor'])
      return descriptor
    },
    [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
  }
}
