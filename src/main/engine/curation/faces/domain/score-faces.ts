import type { CheckDetail, CheckOf } from '#shared/domain/checks.ts'
import { areaOf } from '#engine/networks/faces/domain/geometry.ts'
import {
  measureOffset,
  pickMainFace,
  type FoundFaces,
  type StoredFace,
} from '#engine/networks/faces/domain/stored-faces.ts'

/** Grows with every change of a formula below. */
export const faceChecksVersion = 3

export type FaceCheck = CheckOf<'faces'>

interface FaceScore<Check extends FaceCheck> {
  /** In [0, 1], low is bad. */
  readonly score: number
  readonly detail: CheckDetail<Check>
}

/** @param main null where no face was found */
type FaceScorer<Check extends FaceCheck> = (
  found: FoundFaces,
  main: StoredFace | null,
) => FaceScore<Check> | null

/** Where each measure reaches the score 0.5, which is the default cut of every check of faces. */
export const faceLimits = {
  /** A second face of this share of the main one's area. */
  secondShare: 0.35,
  /** Share of the picture's shorter side that the face's mean side takes. */
  faceShare: 0.2,
  /** Distance of the face's middle from the picture's, in units of half the picture's sides. */
  offset: 0.45,
  /** Degrees. */
  yaw: 40,
  /** Babies and open mouths read up to 45 where an average adult's face is expected. */
  pitchUp: 55,
  pitchDown: 35,
  roll: 35,
  /** Mean distance of the landmarks to those of the mirror image, in distances of the eyes. */
  disagreement: 0.15,
  /** The detector's own score. */
  certainty: 0.75,
} as const

const clamp = (value: number): number => Math.min(1, Math.max(0, value))
/** 1 at nothing, 0.5 at the limit, 0 at twice the limit. */
const fallOff = (value: number, limit: number): number => clamp(1 - value / (2 * limit))
/** 0 at nothing, 0.5 at the limit, 1 at twice the limit. */
const rise = (value: number, limit: number): number => clamp(value / (2 * limit))
const round = (value: number): number => Number(value.toFixed(4))

/** All checks but `no-face` speak of a face that was found. */
const ofMain =
  <Check extends FaceCheck>(
    score: (main: StoredFace, found: FoundFaces) => FaceScore<Check>,
  ): FaceScorer<Check> =>
  (found, main) =>
    main === null ? null : score(main, found)

const faceScorers: { readonly [Check in FaceCheck]: FaceScorer<Check> } = {
  'no-face': ({ bestScore, faces }) => ({
    score: clamp(bestScore),
    detail: { faces: faces.length, bestScore },
  }),
  'several-faces': ofMain((main, { faces, doubted = [] }) => {
    const others = [...faces.filter((face) => face !== main), ...doubted]
    const share = Math.max(0, ...others.map(({ box }) => areaOf(box) / areaOf(main.box)))
    return {
      score: fallOff(share, faceLimits.secondShare),
      detail: { faces: faces.length + doubted.length, share: round(share) },
    }
  }),
  'small-face': ofMain(({ box }, { width, height }) => {
    const share = Math.sqrt(areaOf(box)) / Math.min(width, height)
    return { score: rise(share, faceLimits.faceShare), detail: { share: round(share) } }
  }),
  'off-centre-face': ofMain((main, found) => {
    const offset = measureOffset(main, found)
    return { score: fallOff(offset, faceLimits.offset), detail: { offset: round(offset) } }
  }),
  'extreme-pose': ofMain(({ pose: { yaw, pitch, roll } }) => {
    const worst = Math.max(
      Math.abs(yaw) / faceLimits.yaw,
      pitch > 0 ? pitch / faceLimits.pitchUp : -pitch / faceLimits.pitchDown,
      Math.abs(roll) / faceLimits.roll,
    )
    return { score: fallOff(worst, 1), detail: { yaw, pitch, roll } }
  }),
  'occluded-face': ofMain(({ disagreement }) => ({
    score: fallOff(disagreement, faceLimits.disagreement),
    detail: { disagreement },
  })),
  'uncertain-face': ofMain(({ score }) => {
    const { certainty } = faceLimits
    const scaled = score < certainty ? score / (2 * certainty) : 1 - (1 - score) / (2 * (1 - certainty))
    return { score: clamp(scaled), detail: { detectorScore: score } }
  }),
}

/** What a check of faces says of one picture; null where it has nothing to say. */
export function scoreFaces<Check extends FaceCheck>(
  check: Check,
  found: FoundFaces,
): FaceScore<Check> | null {
  return faceScorers[check](found, pickMainFace(found))
}
