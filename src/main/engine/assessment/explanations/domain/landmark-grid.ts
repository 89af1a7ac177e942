import { averagePoint, distanceBetween, type Point } from '#engine/networks/faces/domain/geometry.ts'
import { landmarkCount } from '#engine/networks/faces/domain/landmarks.ts'
import { numberSegments, type Segments } from './segments.ts'

/** Regions of a face by the points of iBUG 300-W whose middle each stands around; left is the left side of the picture. */
const parts = {
  'left jaw': [2, 3, 4],
  'left chin': [5, 6],
  chin: [7, 8, 9],
  'right chin': [10, 11],
  'right jaw': [12, 13, 14],
  'left temple': [0, 1],
  'right temple': [15, 16],
  'left brow': [17, 18, 19, 20, 21],
  'right brow': [22, 23, 24, 25, 26],
  'nose bridge': [27, 28],
  'nose tip': [29, 30, 31, 32, 33, 34, 35],
  'left eye': [36, 37, 38, 39, 40, 41],
  'right eye': [42, 43, 44, 45, 46, 47],
  'mouth, left': [48, 60],
  mouth: [50, 51, 52, 57, 62, 66],
  'mouth, right': [54, 64],
  'left cheek': [2, 31, 36, 48],
  'right cheek': [14, 35, 45, 54],
} as const

/** Places above the brows, as shares of the distance from the chin to the brows, that the 68 points know nothing of. */
const above = { forehead: 0.28, hairline: 0.55 } as const
const sides = [
  'above',
  'upper right',
  'right',
  'lower right',
  'below',
  'lower left',
  'left',
  'upper left',
] as const

export interface LandmarkGrid {
  readonly segments: Segments
  /** What each region is called. */
  readonly names: readonly string[]
}

interface Anchor {
  readonly name: string
  readonly point: Point
}

const move = (from: Point, to: Point, share: number): Point => ({
  x: from.x + (to.x - from.x) * share,
  y: from.y + (to.y - from.y) * share,
})

function placeAnchors(points: readonly Point[]): { readonly anchors: Anchor[]; readonly outline: Point[] } {
  const pick = (numbers: readonly number[]): Point =>
    averagePoint(numbers.flatMap((number) => points.slice(number, number + 1)))
  const anchors: Anchor[] = Object.entries(parts).map(([name, numbers]) => ({ name, point: pick(numbers) }))
  const chin = pick([8])
  const leftBrow = pick(parts['left brow'])
  const rightBrow = pick(parts['right brow'])
  // Beyond the brows along the line from the chin.
  const lift = (from: Point, share: number): Point => move(chin, from, 1 + share)
  const brows = averagePoint([leftBrow, rightBrow])
  anchors.push(
    { name: 'left forehead', point: lift(leftBrow, above.forehead) },
    { name: 'forehead', point: lift(brows, above.forehead) },
    { name: 'right forehead', point: lift(rightBrow, above.forehead) },
  )
  const jaw = points.slice(0, 17)
  const crown = [26, 24, 19, 17].map((number) => lift(pick([number]), above.hairline))
  return { anchors, outline: [...jaw, ...crown] }
}

/** Whether a point lies in a polygon: crossings of a line to the right are odd. */
function isInside({ x, y }: Point, outline: readonly Point[]): boolean {
  let isIn = false
  outline.forEach((from, at) => {
    const to = outline[(at + 1) % outline.length] ?? from
    if (from.y > y === to.y > y) return
    if (x < from.x + ((y - from.y) / (to.y - from.y)) * (to.x - from.x)) isIn = !isIn
  })
  return isIn
}

/**
 * Regions around the parts of a face, and eight around the face: each pixel within the face's outline goes to the nearest part, each
 * outside to the direction that it lies in. The same region is the same part on every face.
 * @param points The 68 points of the face, in pixels of the picture.
 */
export function segmentByLandmarks(
  points: readonly Point[],
  { width, height }: { readonly width: number; readonly height: number },
): LandmarkGrid {
  if (points.length !== landmarkCount)
    throw new RangeError(`A face has ${landmarkCount} landmarks, not ${points.length}`)
  const { anchors, outline } = placeAnchors(points)
  const middle = averagePoint(outline)
  const labels = new Int32Array(width * height)
  for (let at = 0; at < labels.length; at++) {
    const pixel = { x: (at % width) + 0.5, y: Math.floor(at / width) + 0.5 }
    if (isInside(pixel, outline)) {
      const distances = anchors.map(({ point }) => distanceBetween(pixel, point))
      labels[at] = distances.indexOf(Math.min(...distances))
    } else {
      const turn = Math.atan2(pixel.x - middle.x, middle.y - pixel.y) / (2 * Math.PI)
      labels[at] = anchors.length + ((Math.round(turn * sides.length) + sides.length) % sides.length)
    }
  }
  const all = [...anchors.map(({ name }) => name), ...sides.map((side) => `around the face, ${side}`)]
  const present = new Set(labels)
  return {
    segments: numberSegments(labels, { width, height }),
    names: all.filter((_, label) => present.has(label)),
  }
}
