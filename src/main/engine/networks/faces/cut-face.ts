import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { areaOf, clipBox, type Box } from './domain/geometry.ts'
import { faceScore } from './domain/stored-faces.ts'
import type { FaceDetector } from './face-detector.ts'

/** Faces of one picture that are asked about; a crowd beyond them would only take time. */
export const facesAsked = 64

/**
 * How faces stand in the pictures that networks of cropped faces learn from, by the default detector: the longer side of the box as a
 * share of the picture's (medians 0.93 of 5,889 pictures of UTKFace, 0.90 of 6,462 of FairFace), and its middle as shares of the sides.
 */
const usualShare = 0.92
const usualMiddle = { x: 0.5, y: 0.46 }
/** A single face from this share of the picture's longer side on stands in it about as it does there (the lowest tenth has 0.83). */
const largeShare = 0.8

export interface ListedFaces {
  /** From left to right, as people count them; whole pixels. */
  readonly boxes: readonly Box[]
  /** Found, but beyond those that are asked about. */
  readonly left: number
}

/** The faces of a picture, those that the detector is surest of where there are many. */
export async function listFaces(
  picture: RgbImage,
  detector: Pick<FaceDetector, 'detect'>,
): Promise<ListedFaces> {
  const found = (await detector.detect(picture, faceScore)).flatMap(({ box }) => {
    const inside = roundOut(clipBox(box, picture), picture)
    return areaOf(inside) > 0 ? [inside] : []
  })
  const boxes = found.slice(0, facesAsked).toSorted((a, b) => a.x + a.width / 2 - (b.x + b.width / 2))
  return { boxes, left: found.length - boxes.length }
}

function roundOut({ x, y, width, height }: Box, picture: RgbImage): Box {
  const [left, top] = [Math.floor(x), Math.floor(y)]
  return {
    x: left,
    y: top,
    width: Math.min(picture.width, Math.ceil(x + width)) - left,
    height: Math.min(picture.height, Math.ceil(y + height)) - top,
  }
}

/** Whether a picture is of one face, as pictures to learn from are, so that it needs no cutting. */
export const isOfOneFace = (boxes: readonly Box[], { width, height }: RgbImage): boolean =>
  boxes.length === 0 ||
  (boxes.length === 1 &&
    boxes.every((box) => Math.max(box.width, box.height) >= largeShare * Math.max(width, height)))

/** The square around a face in which it stands as faces stand in pictures to learn from, moved and cut to lie in the picture. */
export function cutAround(box: Box, { width, height }: RgbImage): Box {
  const longer = Math.max(box.width, box.height) / usualShare
  const place = (from: number, length: number, share: number, whole: number) => {
    const side = Math.max(1, Math.min(whole, Math.round(longer)))
    const start = Math.round(from + length / 2 - longer * share)
    return { start: Math.max(0, Math.min(whole - side, start)), side }
  }
  const across = place(box.x, box.width, usualMiddle.x, width)
  const down = place(box.y, box.height, usualMiddle.y, height)
  return { x: across.start, y: down.start, width: across.side, height: down.side }
}

/** The pixels of a box of whole pixels that lies within the picture. */
export function cutOut({ width, data }: RgbImage, box: Box): RgbImage {
  const cut = new Uint8Array(box.width * box.height * 3)
  for (let row = 0; row < box.height; row++) {
    const from = ((box.y + row) * width + box.x) * 3
    cut.set(data.subarray(from, from + box.width * 3), row * box.width * 3)
  }
  return { width: box.width, height: box.height, data: cut }
}
