import * as z from 'zod'
import { areaOf } from './geometry.ts'

const storedBox = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() })

/** A face as the catalogue keeps it; pixels are those of the upright picture. */
export const storedFace = z.object({
  box: storedBox,
  /** The detector's, in [0, 1]. */
  score: z.number(),
  /** 68 points, x and y in turn. */
  landmarks: z.array(z.number()),
  /** Degrees, estimated from the landmarks. */
  pose: z.object({ yaw: z.number(), pitch: z.number(), roll: z.number() }),
  /** Mean distance of the landmarks to those found in the mirror image, over the distance between the eyes. */
  disagreement: z.number(),
})
export type StoredFace = z.infer<typeof storedFace>

/** What was found in one picture. */
export const foundFaces = z.object({
  width: z.int().positive(),
  height: z.int().positive(),
  /** The score of the best box, also where it is too low for a face. */
  bestScore: z.number(),
  /** Best first. */
  faces: z.array(storedFace),
  /** Second faces that the detector doubts too much to find landmarks in them; best first. */
  doubted: z.array(z.object({ box: storedBox, score: z.number() })).optional(),
})
export type FoundFaces = z.infer<typeof foundFaces>

/** A box counts as a face from here on, as in face-api. */
export const faceScore = 0.5

type Placed = Pick<StoredFace, 'box' | 'score'>
type Sides = Pick<FoundFaces, 'width' | 'height'>

/** Distance of a face's middle from the picture's, in units of half the picture's sides. */
export function measureOffset({ box }: Placed, { width, height }: Sides): number {
  const across = Math.abs(box.x + box.width / 2 - width / 2) / (width / 2)
  const down = Math.abs(box.y + box.height / 2 - height / 2) / (height / 2)
  return Math.hypot(across, down)
}

/** The face that the picture is of: large, sure and near the middle. */
export function pickMainFace<Face extends Placed>(
  found: Sides & { readonly faces: readonly Face[] },
): Face | null {
  const weigh = (face: Face): number =>
    (areaOf(face.box) * face.score) / (1 + (2 * measureOffset(face, found)) ** 2)
  return found.faces.reduce<Face | null>(
    (main, face) => (main === null || weigh(face) > weigh(main) ? face : main),
    null,
  )
}
