import { faceSide } from '#shared/domain/architectures.ts'
import type { Box } from '#engine/networks/faces/domain/geometry.ts'
import { sampleSquare, viewInMiddle } from '#engine/networks/faces/domain/sample-square.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { resizeToPlanar } from '#engine/networks/architecture/resize-image.ts'
import { hashFaceSource } from './face-detection.ts'
import { openBlazeDetector } from './blaze-detector.ts'
import { listFaces, type ListedFaces } from './cut-face.ts'
import { findSubject } from './find-faces.ts'
import { openLandmarkNetwork } from './face-networks.ts'
import type { Machine } from './image-network.ts'

/** What of a picture a network sees: all of it, or its main face as the default detector finds it. */
export type PictureView = 'whole' | 'face'

/** The SHA-256 of everything that decides how a face is cut out, which files of networks of faces name. */
export const cropSource = hashFaceSource({ kind: 'blaze' })

export interface FaceCrop {
  /** The aligned face, `[3, 150, 150]` planar RGB, 0-255. */
  readonly tensor: Uint8Array<ArrayBuffer>
  /** Where the face stands in the picture, in its pixels. */
  readonly box: Box
}

export interface FaceCropper extends AsyncDisposable {
  /** All faces of a picture. */
  list(picture: RgbImage): Promise<ListedFaces>
  /** The main face, or null where none is found. */
  crop(picture: RgbImage): Promise<FaceCrop | null>
}

/** Cuts faces out exactly as a scan does before it describes them, but for the rounding to whole levels. */
export async function openFaceCropper(machine: Machine): Promise<FaceCropper> {
  await using opening = new AsyncDisposableStack()
  const detector = opening.use(await openBlazeDetector(machine))
  const landmarks = opening.use(await openLandmarkNetwork(machine))
  const opened = opening.move()
  return {
    list: (picture) => listFaces(picture, detector),
    async crop(picture) {
      const { face, square } = await findSubject(picture, { detector, landmarks })
      if (face === null || square === null) return null
      const levels = sampleSquare(picture, viewInMiddle(square), faceSide)
      return { tensor: Uint8Array.from(levels, Math.round), box: face.box }
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

export interface NetworkInput {
  readonly tensor: Uint8Array<ArrayBuffer>
  /** Null where the whole picture is seen, by intent or for want of a face. */
  readonly face: Box | null
}

/**
 * What a network that sees `view` is shown of a picture. Without a face it is the whole picture, which data sets of cropped faces
 * make a fair guess; whoever answers by it says so.
 * @param cropper opens what finds faces, and is asked only where faces are wanted
 */
export async function makeInput(
  picture: RgbImage,
  { view, inputSize }: { view: PictureView; inputSize: number },
  cropper: () => Promise<FaceCropper>,
): Promise<NetworkInput> {
  if (view === 'face') {
    const found = await (await cropper()).crop(picture)
    if (found !== null) return { tensor: found.tensor, face: found.box }
  }
  return { tensor: resizeToPlanar(picture, inputSize), face: null }
}
