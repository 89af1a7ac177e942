import { faceScore } from './stored-faces.ts'

/*
 * Every number here decides a box, and so a descriptor: the hash that names faces is taken over all of them.
 */

/** Black margin around the picture before detection, as a share of its longer side; measured on tight crops of faces. */
export const detectorMargins = { tiny: 1, file: 0.25 } as const

/** Boxes that overlap a better one by more than this are dropped: MediaPipe's own limit of one look, and face-api's. */
export const overlapLimits = { blaze: 0.3, tiny: 0.4, file: 0.4 } as const

/** One look of the default detector: the network of BlazeFace, the square that it gets, and the margin of the picture in it. */
export interface BlazeLook {
  readonly range: 'short' | 'full'
  readonly side: number
  readonly margin: number
}

/** A look for faces that fill the picture, and one for those that do not. */
export const firstLooks: readonly BlazeLook[] = [
  { range: 'short', side: 128, margin: 0.25 },
  { range: 'short', side: 128, margin: 1 },
]

/** Where the first two leave a doubt. */
export const lastLook: BlazeLook = { range: 'full', side: 192, margin: 1 }

/** How a picture is searched for faces that are small in it, which the looks at the whole of it cannot see. */
export const smallFaceLook = {
  range: 'full',
  side: 192,
  /** Longer side in pixels from which on a picture is looked at by tiles too. */
  largePicture: 512,
  /** Sides of a tile along the longer side. */
  tiles: 3.25,
  /** Of the view; larger faces are left to the looks that see what stands around them. */
  largestShare: 0.4,
  /** One look alone has to be surer than the mean of three. */
  score: 0.6,
} as const

/** How the looks of the default detector become the boxes of faces. */
export const blazeRules = {
  /** The looks at the whole picture shrink it more than to this side anyway, and each would read every pixel of it. */
  shrunkSide: 512,
  /** What one look is less sure of is noise; a higher limit would make a face of three doubts one of nothing. */
  lookScore: 0.05,
  /** Candidates of two looks are of one face from this overlap on. */
  sameFace: 0.3,
  /** A third look that sees nothing leaves a face that two are so sure of, on the mean, above the score of a face. */
  beyondDoubt: (3 * faceScore) / 2,
  /** A third look that is sure leaves what two believe in less than this, on the mean, below the score of a face. */
  noFace: faceScore / 2,
  /** Beside a face the default detector's doubts are faces too, mostly cut by the picture's edge: measured by eye. */
  secondScore: 0.3,
  /**
   * BlazeFace's boxes are squares from the brows to the chin. The landmark network was made for the boxes of face-api's SSD
   * detector, so that boxes get its place and sides beside the network's own: medians over pictures that both find a face in.
   */
  frame: { width: 0.833, height: 1.078, down: -0.091 },
} as const
