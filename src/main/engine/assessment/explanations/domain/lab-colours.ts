import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'

/** Linear sRGB to CIE XYZ under D65, as scikit-image has it. */
const xyzOfRgb = [
  [0.412453, 0.35758, 0.180423],
  [0.212671, 0.71516, 0.072169],
  [0.019334, 0.119193, 0.950227],
] as const

/** XYZ of white under D65 for the observer of 2 degrees. */
const white = [0.95047, 1, 1.08883] as const

/** From sRGB to light. @param value in [0, 1] */
const linearise = (value: number): number =>
  value > 0.04045 ? ((value + 0.055) / 1.055) ** 2.4 : value / 12.92

const bend = (value: number): number => (value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116)

/**
 * CIE L*a*b* of a picture (IEC 61966-2-1, D65, 2 degrees), as `skimage.color.rgb2lab`.
 * @param options.isStretched Whether the darkest and the brightest value of any channel are drawn to 0 and 1 first.
 * @returns `[height, width, 3]`: L* in [0, 100], a* and b* in about [-128, 128]
 */
export function convertToLab(
  { data }: RgbImage,
  { isStretched }: { readonly isStretched: boolean },
): Float64Array {
  let [low, high] = [0, 255]
  if (isStretched) {
    ;[low, high] = [255, 0]
    for (const value of data) {
      if (value < low) low = value
      if (value > high) high = value
    }
    if (low >= high) high = low + 255
  }
  const light = Float64Array.from({ length: 256 }, (_, value) => linearise((value - low) / (high - low)))
  const lab = new Float64Array(data.length)
  const [[xr, xg, xb], [yr, yg, yb], [zr, zg, zb]] = xyzOfRgb
  for (let at = 0; at < data.length; at += 3) {
    const red = light[data[at] ?? 0] ?? 0
    const green = light[data[at + 1] ?? 0] ?? 0
    const blue = light[data[at + 2] ?? 0] ?? 0
    const x = bend((red * xr + green * xg + blue * xb) / white[0])
    const y = bend((red * yr + green * yg + blue * yb) / white[1])
    const z = bend((red * zr + green * zg + blue * zb) / white[2])
    lab[at] = 116 * y - 16
    lab[at + 1] = 500 * (x - y)
    lab[at + 2] = 200 * (y - z)
  }
  return lab
}
