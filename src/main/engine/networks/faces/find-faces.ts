import type { Box, Point } from '#engine/networks/faces/domain/geometry.ts'
import { areaOf, clipBox, floorBox, isMiddleWithin } from '#engine/networks/faces/domain/geometry.ts'
import { estimatePose } from '#engine/networks/faces/domain/head-pose.ts'
import { alignFace, measureDisagreement, placeLandmarks } from '#engine/networks/faces/domain/landmarks.ts'
import type { FoundFaces, StoredFace } from '#engine/networks/faces/domain/stored-faces.ts'
import { faceScore, pickMainFace } from '#engine/networks/faces/domain/stored-faces.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import type { Candidate } from '#engine/networks/faces/domain/suppress-overlaps.ts'
import type { FaceDetector } from '#engine/networks/faces/face-detector.ts'
import type { LandmarkNetwork, RecognitionNetwork } from '#engine/networks/faces/face-networks.ts'

export interface FaceNetworks {
  readonly detector: FaceDetector
  readonly landmarks: LandmarkNetwork
  readonly recognition: RecognitionNetwork
}

/** Enough to tell that there are several; landmarks of a crowd would only take time. */
const facesKept = 5
/** What photographs of faces read in the middle: the network's faces differ from the average head by so many degrees. */
const restingPitch = -7
/** Below this a box is noise; the best one above it is still kept as how near the detector came to a face. */
const lowestScore = 0.05

const round = (value: number, digits: number): number => Number(value.toFixed(digits))

const roundBox = ({ x, y, width, height }: Box): Box => ({
  x: round(x, 2),
  y: round(y, 2),
  width: round(width, 2),
  height: round(height, 2),
})

interface LocatedFace {
  readonly face: StoredFace
  readonly points: readonly Point[]
  readonly crop: Box
}

async function locateFace(
  picture: RgbImage,
  { box, score }: Candidate,
  landmarks: LandmarkNetwork,
): Promise<LocatedFace | null> {
  const inside = clipBox(box, picture)
  const crop = floorBox(inside)
  if (crop.width < 1 || crop.height < 1) return null
  const { shares, ofMirror } = await landmarks.locate(picture, crop)
  const points = placeLandmarks(shares, crop, inside)
  const { yaw, pitch, roll } = estimatePose(points)

  const face: StoredFace = {
    box: roundBox(inside),
    score: round(score, 5),
    landmarks: points.flatMap(({ x, y }) => [round(x, 2), round(y, 2)]),
    pose: { yaw: round(yaw, 1), pitch: round(pitch - restingPitch, 1), roll: round(roll, 1) },
    disagreement: round(measureDisagreement(shares, ofMirror), 4),
  }
  return { face, points, crop }
}

interface Subject {
  readonly faces: FoundFaces
  /** The face that the picture is of, or null without one. */
  readonly face: StoredFace | null
  /** Whole pixels around it as the recognition network wants them; null where nothing is left of them. */
  readonly square: Box | null
}

/** The faces of one picture, and which of them it is of. */
export async function findSubject(
  picture: RgbImage,
  { detector, landmarks }: Pick<FaceNetworks, 'detector' | 'landmarks'>,
): Promise<Subject> {
  const candidates = await detector.detect(picture, lowestScore)
  const located: LocatedFace[] = []
  for (const candidate of candidates.slice(0, facesKept)) {
    if (candidate.score < faceScore) break
    const face = await locateFace(picture, candidate, landmarks)
    if (face !== null) located.push(face)
  }
  const doubted = candidates.flatMap(({ box, score }) => {
    const inside = clipBox(box, picture)
    const isSecond =
      score < faceScore &&
      score >= detector.secondScore &&
      areaOf(inside) > 0 &&
      !located.some(({ face }) => isMiddleWithin(inside, face.box))
    return isSecond ? [{ box: roundBox(inside), score: round(score, 5) }] : []
  })
  const faces: FoundFaces = {
    width: picture.width,
    height: picture.height,
    bestScore: round(candidates[0]?.score ?? 0, 5),
    faces: located.map(({ face }) => face),
    ...(located.length > 0 && doubted.length > 0 && { doubted: doubted.slice(0, facesKept) }),
  }
  const main = pickMainFace(faces)
  const subject = main === null ? undefined : located[faces.faces.indexOf(main)]
  if (subject === undefined) return { faces, face: null, square: null }
  const square = alignFace(subject.points, subject.crop, picture)
  return { faces, face: subject.face, square: square.width < 1 || square.height < 1 ? null : square }
}

/** Everything about the faces of one picture. @returns Also the main face's descriptor `[128]`, or null without a face. */
export async function findFaces(
  picture: RgbImage,
  { recognition, ...networks }: FaceNetworks,
): Promise<{ readonly faces: FoundFaces; readonly descriptor: Float32Array<ArrayBuffer> | null }> {
  const { faces, square } = await findSubject(picture, networks)
  if (square === null) return { faces, descriptor: null }
  return { faces, descriptor: Float32Array.from(await recognition.describe(picture, square)) }
}
