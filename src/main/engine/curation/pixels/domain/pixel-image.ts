/** An upright image, three bytes a pixel: red, green, blue in sRGB. */
export interface PixelImage {
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

/** Luma by ITU-R BT.601 in the fixed point of Pillow's mode "L". */
export function toGrey({ width, height, data }: PixelImage): GreyImage {
  const grey = new Uint8Array(width * height)
  for (let at = 0, read = 0; at < grey.length; at++, read += 3) {
    grey[at] =
      ((data[read] ?? 0) * 19595 + (data[read + 1] ?? 0) * 38470 + (data[read + 2] ?? 0) * 7471 + 0x8000) >>
      16
  }
  return { width, height, data: grey }
}
