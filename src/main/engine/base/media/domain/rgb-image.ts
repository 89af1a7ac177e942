/** An upright image, three bytes a pixel: red, green, blue in sRGB. */
export interface RgbImage {
  readonly width: number
  readonly height: number
  /** `[height, width, 3]` */
  readonly data: Uint8Array
}

/** One value a pixel, 0-255. */
export interface GreyImage {
  readonly width: number
  readonly height: number
  /** `[height, width]` */
  readonly data: Uint8Array
}
