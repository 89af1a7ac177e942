import type { AnchorGrid } from '#engine/networks/faces/domain/decode-detections.ts'
import { readPackagedFile, type PackagedFile } from './packaged-file.ts'
import { readTfliteFile } from './tflite-file.ts'
import { convertTfliteFile } from './tflite-network.ts'

const packageName = '@mediapipe/face_detection'

/** A BlazeFace network of MediaPipe: its file, and its anchors: so many at the middle of each cell of so many pixels. */
interface BlazefaceSpec {
  readonly file: PackagedFile
  readonly grids: readonly AnchorGrid[]
}

export const blazefaces = {
  /** For faces that fill much of the square. */
  short: {
    file: {
      packageName,
      path: 'face_detection_short_range.tflite',
      sha256: '3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633',
    },
    grids: [
      { stride: 8, perCell: 2 },
      { stride: 16, perCell: 6 },
    ],
  },
  /** For faces that fill little of it. */
  full: {
    file: {
      packageName,
      path: 'face_detection_full_range.tflite',
      sha256: '99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3',
    },
    grids: [{ stride: 4, perCell: 1 }],
  },
} as const satisfies Record<string, BlazefaceSpec>

export type Blazeface = keyof typeof blazefaces

/** Box, then six points, which are coarse and not read. */
export const blazefaceNumbers = 16

/**
 * A BlazeFace detector (Bazarevsky et al. 2019) as an ONNX model: input `image` float32 `[batch, 3, side, side]`, RGB
 * 0-255, of any side that the largest stride divides, since it is made of convolutions alone; outputs `boxes` `[batch, anchors, 16]` and `scores` `[batch, anchors, 1]` before their activation.
 */
export async function buildBlazeface(range: Blazeface): Promise<Uint8Array> {
  const file = readTfliteFile(await readPackagedFile(blazefaces[range].file))
  return convertTfliteFile(file, `BlazeFace, ${range} range`, [
    { name: 'boxes', numbers: blazefaceNumbers },
    { name: 'scores', numbers: 1 },
  ])
}
