/** Black margin around the picture before detection, as a share of its longer side; measured on tight crops of faces. */
export const detectorMargins = { tiny: 1, file: 0.25 } as const

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

/** Beside a face the default detector's doubts are faces too, mostly cut by the picture's edge: measured by eye. */
export const secondScore = 0.3
