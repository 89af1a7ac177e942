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
