import { expect, test } from 'vitest'
import { checks, listChecksOf } from '#shared/domain/checks.ts'
import { faceLimits, scoreFaces, type FaceCheck } from '#engine/curation/faces/domain/score-faces.ts'
import { pickMainFace, type FoundFaces, type StoredFace } from '#engine/networks/faces/domain/stored-faces.ts'

const face = (changes: Partial<StoredFace> = {}): StoredFace => ({
  box: { x: 60, y: 60, width: 80, height: 80 },
  score: 0.99,
  landmarks: [],
  pose: { yaw: 0, pitch: 0, roll: 0 },
  disagreement: 0,
  ...changes,
})
const found = (...faces: readonly StoredFace[]): FoundFaces => ({
  width: 200,
  height: 200,
  bestScore: faces[0]?.score ?? 0.2,
  faces: [...faces],
})
const score = (check: FaceCheck, of: FoundFaces) => scoreFaces(check, of)?.score

const faceChecks = listChecksOf('faces')

test('a face that fills the middle of its picture is flagged by no check', () => {
  for (const check of faceChecks) expect(score(check, found(face()))).toBeGreaterThan(0.5)
})

test('without a face only the check for one has a score, and it is the best box', () => {
  expect(score('no-face', found())).toBe(0.2)
  for (const check of faceChecks.filter((one) => one !== 'no-face'))
    expect(scoreFaces(check, found())).toBeNull()
})

test('every check explains itself by the fields of its row', () => {
  for (const check of faceChecks)
    expect(
      checks[check].detail.safeParse(scoreFaces(check, found(face(), face()))?.detail).error,
    ).toBeUndefined()
})

test('a face in the background does not make several faces, one of like size does', () => {
  const small = face({ box: { x: 0, y: 0, width: 30, height: 30 } })
  const large = face({ box: { x: 120, y: 0, width: 75, height: 75 }, score: 0.9 })
  expect(score('several-faces', found(face(), small))).toBeGreaterThan(0.5)
  expect(score('several-faces', found(face(), large))).toBeLessThan(0.5)
})

test('a second face that the detector doubts makes several faces, and is counted', () => {
  const doubted = [{ box: { x: 0, y: 100, width: 50, height: 70 }, score: 0.35 }]
  const answer = scoreFaces('several-faces', { ...found(face()), doubted })
  expect(answer?.score).toBeLessThan(0.5)
  expect(answer?.detail).toEqual({ faces: 2, share: 0.5469 })
})

test.each([
  ['small-face', face({ box: { x: 85, y: 85, width: 30, height: 30 } })],
  ['off-centre-face', face({ box: { x: 0, y: 0, width: 80, height: 80 } })],
  ['extreme-pose', face({ pose: { yaw: faceLimits.yaw + 5, pitch: 0, roll: 0 } })],
  ['extreme-pose', face({ pose: { yaw: 0, pitch: 0, roll: -faceLimits.roll - 5 } })],
  ['extreme-pose', face({ pose: { yaw: 0, pitch: -faceLimits.pitchDown - 5, roll: 0 } })],
  ['occluded-face', face({ disagreement: faceLimits.disagreement + 0.01 })],
  ['uncertain-face', face({ score: faceLimits.certainty - 0.01 })],
] as const)('%s falls below the cut beyond its limit', (check, one) => {
  expect(score(check, found(one))).toBeLessThan(0.5)
})

test('the main face is the larger, not the surest, and of two alike the one in the middle', () => {
  const large = face({ box: { x: 40, y: 40, width: 110, height: 110 }, score: 0.8 })
  expect(pickMainFace(found(face(), large))).toBe(large)
  const aside = face({ box: { x: 0, y: 0, width: 90, height: 90 } })
  expect(pickMainFace(found(aside, face()))?.box.x).toBe(60)
})

test('a baby or an open mouth that reads as a face turned up is no extreme pose', () => {
  expect(score('extreme-pose', found(face({ pose: { yaw: 0, pitch: 43, roll: 0 } })))).toBeGreaterThan(0.5)
})
