import { hashCanonical } from '#engine/base/kernel/hash.ts'
import { readWeightHash } from '#engine/networks/faces/weight-files.ts'
import { blazefaces } from '#engine/networks/faces/blazeface.ts'
import {
  blazeRules,
  detectorMargins,
  firstLooks,
  lastLook,
  overlapLimits,
  smallFaceLook,
} from '#engine/networks/faces/domain/detector-margins.ts'
import { faceScore } from '#engine/networks/faces/domain/stored-faces.ts'

/** Which detector looks: one of ours, or a file of the user's own. */
export type DetectorChoice =
  | { readonly kind: 'blaze' | 'tiny' }
  | { readonly kind: 'file'; readonly file: string; readonly sha256: string }

/** The space of vectors that holds the descriptors. */
export const faceSpace = 'face-128'

/** Why no scan looks for faces in a project of drawings. */
export const drawingsOnly =
  'The pictures of this project are generated drawings; detectors look for photographed faces.'

/** Grows with every change of how faces are found or described that no hashed number tells. */
export const faceVersion = 1

function describeDetector(choice: DetectorChoice): unknown {
  switch (choice.kind) {
    case 'blaze':
      return {
        looks: [...firstLooks, lastLook, smallFaceLook].map(({ range, ...look }) => ({
          weights: blazefaces[range].file.sha256,
          ...look,
        })),
        sampling: 'smooth',
        overlap: overlapLimits.blaze,
        ...blazeRules,
      }
    case 'tiny':
      return {
        weights: readWeightHash('tiny_face_detector'),
        margin: detectorMargins.tiny,
        overlap: overlapLimits.tiny,
      }
    case 'file':
      return { weights: choice.sha256, margin: detectorMargins.file, overlap: overlapLimits.file }
    default:
      return choice satisfies never
  }
}

/** Hash of everything that a descriptor depends on: the box decides where the face is cut out. */
export const hashFaceSource = (choice: DetectorChoice): string =>
  hashCanonical({
    detector: describeDetector(choice),
    faceScore,
    landmarks: readWeightHash('face_landmark_68'),
    recognition: readWeightHash('face_recognition'),
    version: faceVersion,
  })

/** How the catalogue names what faces were found with: `blaze`, `tiny` or `file`; older catalogues hold `ssd`, and the hash of everything in it. */
export const nameDetector = (choice: DetectorChoice): string => `${choice.kind}:${hashFaceSource(choice)}`
