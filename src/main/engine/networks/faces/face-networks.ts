import { faceSide } from '#shared/domain/architectures.ts'
import { decodeCells } from '#engine/networks/faces/domain/decode-detections.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { overlapLimits } from '#engine/networks/faces/domain/detector-margins.ts'
import {
  placeShares,
  sampleSquare,
  viewInMiddle,
  viewWithMargin,
} from '#engine/networks/faces/domain/sample-square.ts'
import { faceScore } from '#engine/networks/faces/domain/stored-faces.ts'
import { suppressOverlaps } from '#engine/networks/faces/domain/suppress-overlaps.ts'
import type { Box } from '#engine/networks/faces/domain/geometry.ts'
import type { FaceDetector } from './face-detector.ts'
import { ImageNetwork, type Machine } from './image-network.ts'
import { buildLandmarkNetwork, landmarkInputSide } from './landmark-network.ts'
import { buildRecognitionNetwork } from './recognition-network.ts'
import { buildTinyDetector, tinyAnchors, tinyCells, tinyInputSide } from './tiny-detector.ts'
import { readNetworkWeights } from './weight-files.ts'

/** The tiny detector: many times faster, and misses more. */
export async function openTinyDetector(machine: Machine, margin: number): Promise<FaceDetector> {
  const network = await ImageNetwork.open(
    buildTinyDetector(await readNetworkWeights('tiny_face_detector')),
    machine,
  )
  return {
    secondScore: faceScore,
    async detect(picture, minimalScore) {
      const view = viewWithMargin(picture, margin)
      const { cells } = await network.run([sampleSquare(picture, view, tinyInputSide)], ['cells'])
      const found = decodeCells(cells, { cells: tinyCells, anchors: tinyAnchors }, minimalScore)
      return suppressOverlaps(
        found.map(({ score, box }) => ({ score, box: placeShares(box, view) })),
        overlapLimits.tiny,
      )
    },
    [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
  }
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
    for (let x = 0; x < side; x++) turned[row + x] = square[row + side - 1 - x] ?? 0
  return turned
}

export async function openLandmarkNetwork(machine: Machine): Promise<LandmarkNetwork> {
  const model = buildLandmarkNetwork(await readNetworkWeights('face_landmark_68'))
  const network = await ImageNetwork.open(model, machine)
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
  const network = await ImageNetwork.open(model, machine)
  return {
    async describe(picture, square) {
      const face = sampleSquare(picture, viewInMiddle(square), faceSide)
      const { descriptor } = await network.run([face], ['descriptor'])
      return descriptor
    },
    [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
  }
}
