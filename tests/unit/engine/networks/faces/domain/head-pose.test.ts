import { expect, test } from 'vitest'
import { estimatePose } from '#engine/networks/faces/domain/head-pose.ts'
import { alignFace, measureDisagreement, placeLandmarks } from '#engine/networks/faces/domain/landmarks.ts'
import { poseModel } from '#engine/networks/faces/domain/pose-model.ts'

const radians = (degrees: number): number => (degrees * Math.PI) / 180

/** The model's own points seen by a far camera after a turn: yaw about the height, then pitch, then roll. */
function project({ yaw = 0, pitch = 0, roll = 0 }) {
  const [cy, sy, cp, sp] = [
    Math.cos(radians(yaw)),
    Math.sin(radians(yaw)),
    Math.cos(radians(pitch)),
    Math.sin(radians(pitch)),
  ]
  const points = Array.from({ length: 68 }, () => ({ x: 0, y: 0 }))
  for (const [landmark, [x, y, z]] of poseModel) {
    const across = x * cy + z * sy
    const depth = -x * sy + z * cy
    const down = y * cp - depth * sp
    const [c, s] = [Math.cos(radians(roll)), Math.sin(radians(roll))]
    points[landmark] = { x: 2 * (across * c - down * s) + 100, y: 2 * (across * s + down * c) + 100 }
  }
  return points
}

test.each([
  { yaw: 0, pitch: 0, roll: 0 },
  { yaw: 30, pitch: 0, roll: 0 },
  { yaw: -50, pitch: 0, roll: 0 },
  { yaw: 0, pitch: 20, roll: 0 },
  { yaw: 0, pitch: -25, roll: 0 },
  { yaw: 0, pitch: 0, roll: 15 },
  { yaw: 20, pitch: 10, roll: 0 },
])('the turn of a head is read back from its points: %o', (turn) => {
  const { yaw, pitch, roll } = estimatePose(project(turn))
  expect(yaw).toBeCloseTo(turn.yaw, 0)
  expect(pitch).toBeCloseTo(turn.pitch, 0)
  expect(roll).toBeCloseTo(turn.roll, 0)
})

test('landmarks of a crop that is not square lie within it', () => {
  const shares = new Float32Array(136).fill(0.5)
  const [first] = placeLandmarks(shares, { x: 10, y: 20, width: 40, height: 60 }, { x: 10.4, y: 20.6 })
  expect(first?.x).toBeCloseTo(30.4, 4)
  expect(first?.y).toBeCloseTo(50.6, 4)
})

test('an aligned face lies within its picture, in whole pixels', () => {
  const picture = { width: 150, height: 150 }
  const square = alignFace(project({}), { x: 40, y: 40, width: 100, height: 100 }, picture)
  expect(Object.values(square).every(Number.isInteger)).toBe(true)
  expect(square.x + square.width).toBeLessThanOrEqual(150)
  expect(square.y + square.height).toBeLessThanOrEqual(150)
})

test('a face and its exact mirror image agree', () => {
  const points = project({}).flatMap(({ x, y }) => [x / 200, y / 200])
  const pairs = [
    ...Array.from({ length: 17 }, (_, at) => [at, 16 - at]),
    ...Array.from({ length: 10 }, (_, at) => [17 + at, 26 - at]),
    ...[27, 28, 29, 30].map((at) => [at, at]),
    ...Array.from({ length: 5 }, (_, at) => [31 + at, 35 - at]),
    ...[36, 37, 38, 39, 40, 41].map((at, place) => [at, [45, 44, 43, 42, 47, 46][place] ?? at]),
    ...[42, 43, 44, 45, 46, 47].map((at, place) => [at, [39, 38, 37, 36, 41, 40][place] ?? at]),
    ...Array.from({ length: 7 }, (_, at) => [48 + at, 54 - at]),
    ...Array.from({ length: 5 }, (_, at) => [55 + at, 59 - at]),
    ...Array.from({ length: 5 }, (_, at) => [60 + at, 64 - at]),
    ...Array.from({ length: 3 }, (_, at) => [65 + at, 67 - at]),
  ]
  const mirrored = new Float32Array(136)
  for (const [at = 0, twin = 0] of pairs) {
    mirrored[at * 2] = 1 - (points[twin * 2] ?? 0)
    mirrored[at * 2 + 1] = points[twin * 2 + 1] ?? 0
  }
  expect(measureDisagreement(Float32Array.from(points), mirrored)).toBeCloseTo(0, 5)
})
