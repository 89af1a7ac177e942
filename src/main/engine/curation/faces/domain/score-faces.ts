import type { CheckId } from '#shared/domain/checks.ts'
import { areaOf } from './geometry.ts'
import { measureOffset, pickMainFace, type FoundFaces, type StoredFace } from './stored-faces.ts'

/** Grows with every change of a formula below. */
export const faceChecksVersion = 1

export const faceChecks = [
  'no-face',
  'several-faces',
  'small-face',
  'off-centre-face',
  'extreme-pose',
  'occluded-face',
  'uncertain-face',
] as const satisfies readonly CheckId[]
export type FaceCheck = (typeof faceChecks)[number]

export interface FaceScore {
  /** In [0, 1], low is bad. */
  readonly score: number
  readonly detail: Readonly<Record<string, number>>
}

/** Where each measure reaches the score 0.5, which is the default cut of every check of faces. */
export const faceLimits = {
  /** A second face of this share of the main one's area. */
  secondShare: 0.35,
  /** Share of the picture's shorter side that the face's mean side takes. */
  faceShare: 0.2,
  /** Distance of the face's middle from the picture's, in units of half the picture's sides. */
  offset: 0.45,
  /** Degrees. */
  yaw: 45,
  pitch: 35,
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

function scoreMainFace(check: Exclude<FaceCheck, 'no-face'>, main: StoredFace, found: FoundFaces): FaceScore {
  switch (check) {
    case 'several-faces': {
      const others = found.faces.filter((face) => face !== main)
      const share = Math.max(0, ...others.map(({ box }) => areaOf(box) / areaOf(main.box)))
      return {
        score: fallOff(share, faceLimits.secondShare),
        detail: { faces: found.faces.length, share: round(share) },
      }
    }
    case 'small-face': {
      const share = Math.sqrt(areaOf(main.box)) / Math.min(found.width, found.height)
      return { score: rise(share, faceLimits.faceShare), detail: { share: round(share) } }
    }
    case 'off-centre-face': {
      const offset = measureOffset(main, found)
      return { score: fallOff(offset, faceLimits.offset), detail: { offset: round(offset) } }
    }
    case 'extreme-pose': {
      const { yaw, pitch, roll } = main.pose
      const worst = Math.max(
        Math.abs(yaw) / faceLimits.yaw,
        Math.abs(pitch) / faceLimits.pitch,
        Math.abs(roll) / faceLimits.roll,
      )
      return { score: fallOff(worst, 1), detail: { yaw, pitch, roll } }
    }
    case 'occluded-face':
      return {
        score: fallOff(main.disagreement, faceLimits.disagreement),
        detail: { disagreement: main.disagreement },
      }
    case 'uncertain-face': {
      const { certainty } = faceLimits
      const { score } = main
      const scaled = score < certainty ? score / (2 * certainty) : 1 - (1 - score) / (2 * (1 - certainty))
      return { score: clamp(scaled), detail: { detectorScore: score } }
    }
    default:
      return check satisfies never
  }
}

/**
 * What a check of faces says of one picture. Null where it has nothing to say: all but `no-face` speak of a face that was
 * found.
 */
export function scoreFaces(check: FaceCheck, found: FoundFaces): FaceScore | null {
  if (check === 'no-face') {
    return {
      score: clamp(found.bestScore),
      detail: { faces: found.faces.length, bestScore: found.bestScore },
    }
  }
  const main = pickMainFace(found)
  return main === null ? null : scoreMainFace(check, main, found)
}
