import type { GreyImage, RgbImage } from '#engine/base/media/domain/rgb-image.ts'

/** Luma by ITU-R BT.601 in the fixed point of Pillow's mode "L". */
export function toGrey({ width, height, data }: RgbImage): GreyImage {
  const grey = new Uint8Array(width * height)
  for (let at = 0, read = 0; at < grey.length; at++, read += 3) {
    grey[at] =
      ((data[read] ?? 0) * 19595 + (data[read + 1] ?? 0) * 38470 + (data[read + 2] ?? 0) * 7471 + 0x8000) >>
      16
  }
  return { width, height, data: grey }
}
