import { averagePoint, clipBox, distanceBetween, floorBox, type Box, type Point } from './geometry.ts'

export const landmarkCount = 68

/** The 68 points of iBUG 300-W: first and one past the last of each part. "Left" is the left side of the picture. */
const parts = {
  jaw: [0, 17],
  leftBrow: [17, 22],
  rightBrow: [22, 27],
  nose: [27, 36],
  leftEye: [36, 42],
  rightEye: [42, 48],
  mouth: [48, 68],
} as const

export const partOf = (points: readonly Point[], part: keyof typeof parts): readonly Point[] =>
  points.slice(...parts[part])

/** Where the network's shares of its square lie in the picture. @param crop The whole pixels that it looked at. */
export function placeLandmarks(shares: Float32Array, crop: Box, origin: Point): Point[] {
  const side = Math.max(crop.width, crop.height)
  const inset = { x: (side - crop.width) / 2, y: (side - crop.height) / 2 }
  return Array.from({ length: landmarkCount }, (_, point) => ({
    x: (shares[point * 2] ?? 0) * side - inset.x + origin.x,
    y: (shares[point * 2 + 1] ?? 0) * side - inset.y + origin.y,
  }))
}

/** Share of the aligned square between the eyes and the mouth, and where their centre stands in it. */
const eyesToMouth = 0.45
const centre = { x: 0.5, y: 0.43 }

/**
 * The square of whole pixels that the recognition network gets: by the distance of the eyes' centres to the mouth's. It
 * follows face-api's alignment exactly, which turns nothing and lets the square end at the picture's edge.
 * @param crop The face box that the landmarks were found in.
 */
export function alignFace(
  points: readonly Point[],
  crop: Box,
  picture: { width: number; height: number },
): Box {
  const eyes = [averagePoint(partOf(points, 'leftEye')), averagePoint(partOf(points, 'rightEye'))] as const
  const mouth = averagePoint(partOf(points, 'mouth'))
  const distance = (distanceBetween(eyes[0], mouth) + distanceBetween(eyes[1], mouth)) / 2
  const side = Math.floor(distance / eyesToMouth)
  const middle = averagePoint([...eyes, mouth])
  const x = Math.floor(Math.max(0, middle.x - centre.x * side))
  const y = Math.floor(Math.max(0, middle.y - centre.y * side))
  const square = { x, y, width: Math.min(side, crop.width + x), height: Math.min(side, crop.height + y) }
  return floorBox(clipBox(square, picture))
}

/** Which point stands where in a mirrored face. */
const mirrored: readonly number[] = [
  [16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
  [26, 25, 24, 23, 22, 21, 20, 19, 18, 17],
  [27, 28, 29, 30, 35, 34, 33, 32, 31],
  [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40],
  [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55],
  [64, 63, 62, 61, 60, 67, 66, 65],
].flat()

/**
 * How far the network's answers to a face and to its mirror image lie apart: the mean distance of the points as a share
 * of the distance between the eyes. Both are `[136]` shares of the same square.
 */
export function measureDisagreement(shares: Float32Array, ofMirror: Float32Array): number {
  const read = (from: Float32Array, point: number): Point => ({
    x: from[point * 2] ?? 0,
    y: from[point * 2 + 1] ?? 0,
  })
  const points = Array.from({ length: landmarkCount }, (_, point) => read(shares, point))
  const apart = distanceBetween(
    averagePoint(partOf(points, 'leftEye')),
    averagePoint(partOf(points, 'rightEye')),
  )
  const total = points.reduce((sum, point, index) => {
    const twin = read(ofMirror, mirrored[index] ?? index)
    return sum + distanceBetween(point, { x: 1 - twin.x, y: twin.y })
  }, 0)
  return apart > 0 ? total / landmarkCount / apart : 1
}
