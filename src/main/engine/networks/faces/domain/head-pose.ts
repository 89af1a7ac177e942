import type { Point } from './geometry.ts'
import { poseModel, type Vector } from './pose-model.ts'

/** Degrees. Yaw turns to the picture's right, pitch up, roll clockwise in the picture; 0 is straight ahead. */
export interface HeadPose {
  readonly yaw: number
  readonly pitch: number
  readonly roll: number
}

const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
]
const scale = (a: Vector, by: number): Vector => [a[0] * by, a[1] * by, a[2] * by]
const subtract = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]]

const middle: Vector = scale(
  poseModel.reduce<Vector>((sum, [, at]) => [sum[0] + at[0], sum[1] + at[1], sum[2] + at[2]], [0, 0, 0]),
  1 / poseModel.length,
)
const centred = poseModel.map(([landmark, at]) => ({ landmark, at: subtract(at, middle) }))

/** Inverse of the model's scatter matrix, which the least-squares fit needs each time. */
const inverse = ((): readonly [Vector, Vector, Vector] => {
  const rows = [0, 1, 2].map((row): Vector => {
    const sum = (column: 0 | 1 | 2): number =>
      centred.reduce((total, { at }) => total + (at[row] ?? 0) * at[column], 0)
    return [sum(0), sum(1), sum(2)]
  })
  const [a = [1, 0, 0], b = [0, 1, 0], c = [0, 0, 1]] = rows
  const [first, second, third] = [cross(b, c), cross(c, a), cross(a, b)]
  const determinant = dot(a, first)
  return [scale(first, 1 / determinant), scale(second, 1 / determinant), scale(third, 1 / determinant)]
})()

/** The row of the camera that sends the model's points to these coordinates best, in the sense of least squares. */
function fitRow(coordinates: readonly number[]): Vector {
  const mean = coordinates.reduce((sum, value) => sum + value, 0) / coordinates.length
  const sums = [0, 1, 2].map((axis) =>
    centred.reduce((sum, { at }, index) => sum + (at[axis] ?? 0) * ((coordinates[index] ?? 0) - mean), 0),
  )
  const [x = 0, y = 0, z = 0] = sums
  // The scatter matrix is symmetric, so that its inverse may be read by rows.
  return [dot(inverse[0], [x, y, z]), dot(inverse[1], [x, y, z]), dot(inverse[2], [x, y, z])]
}

const unit = (a: Vector): Vector => scale(a, 1 / Math.hypot(...a))
const degrees = (radians: number): number => (radians * 180) / Math.PI

/**
 * The turn of the head that an average face under a far camera (scaled orthographic projection) needs for its points to
 * fall where the landmarks are, by least squares (DeMenthon, Davis 1995, first step). An estimate: the face is not average.
 */
export function estimatePose(points: readonly Point[]): HeadPose {
  const seen = centred.map(({ landmark }) => points[landmark] ?? { x: 0, y: 0 })
  const across = fitRow(seen.map(({ x }) => x))
  const down = fitRow(seen.map(({ y }) => y))
  const lengths = Math.hypot(...across) + Math.hypot(...down)
  if (!(lengths > 0)) return { yaw: 0, pitch: 0, roll: 0 }
  const first = unit(across)
  const second = unit(down)
  // What the two rows lack to a right angle is shared between them.
  const skew = dot(first, second) / 2
  const right = subtract(first, scale(second, skew))
  const below = subtract(second, scale(first, skew))
  const [, rightDown] = right
  const [, belowDown] = below
  const [forwardAcross, forwardDown, forwardDepth] = cross(unit(right), unit(below))
  return {
    yaw: degrees(Math.atan2(-forwardAcross, forwardDepth)),
    pitch: degrees(Math.asin(Math.min(1, Math.max(-1, forwardDown)))),
    roll: degrees(Math.atan2(-rightDown, belowDown)),
  }
}
