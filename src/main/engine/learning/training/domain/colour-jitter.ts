import type { Random } from '#engine/base/kernel/random.ts'

/**
 * Brightness, contrast and saturation of planar images `[3, height, width]` in place, to the byte as
 * `torchvision.transforms.functional` adjusts uint8 tensors: each step in float32, clamped, rounded down.
 */

const values = 256

/** Each byte times the factor, in float32. Loops: `from` with a function takes longer than the image itself. */
function scaled(factor: number): Float32Array {
  const single = Math.fround(factor)
  const products = new Float32Array(values)
  for (let byte = 0; byte < values; byte++) products[byte] = single * byte
  return products
}

/** ITU-R 601-2 luma with torchvision's rounding of its coefficients. */
const [redPart, greenPart, bluePart] = [scaled(0.2989), scaled(0.587), scaled(0.114)]

const greyOf = (red: number, green: number, blue: number): number =>
  Math.trunc(Math.fround(Math.fround((redPart[red] ?? 0) + (greenPart[green] ?? 0)) + (bluePart[blue] ?? 0)))

const clamp = (value: number): number => Math.min(255, Math.max(0, value))

/** Each byte becomes its entry of `products` plus `rest`. */
function replaceBytes(image: Uint8Array, products: Float32Array, rest: number): void {
  const replaced = new Uint8Array(values)
  // A Uint8Array rounds down what is assigned to it.
  for (let byte = 0; byte < values; byte++) replaced[byte] = clamp(Math.fround((products[byte] ?? 0) + rest))
  for (let at = 0; at < image.length; at++) image[at] = replaced[image[at] ?? 0] ?? 0
}

/** A factor, uniform from `1 - range` to `1 + range`. */
export const drawFactor = (random: Random, range: number): number => 1 + range * (2 * random.float() - 1)

/** 0 gives black, 1 the image. */
export function adjustBrightness(image: Uint8Array, factor: number): void {
  replaceBytes(image, scaled(factor), 0)
}

/** 0 gives a plane of the mean grey, 1 the image. */
export function adjustContrast(image: Uint8Array, factor: number): void {
  const plane = image.length / 3
  let total = 0
  for (let at = 0; at < plane; at++) {
    total += greyOf(image[at] ?? 0, image[plane + at] ?? 0, image[2 * plane + at] ?? 0)
  }
  const rest = Math.fround(Math.fround(1 - factor) * Math.fround(total / plane))
  replaceBytes(image, scaled(factor), rest)
}

/** 0 gives shades of grey, 1 the image. */
export function adjustSaturation(image: Uint8Array, factor: number): void {
  const plane = image.length / 3
  const own = scaled(factor)
  const greyPart = scaled(1 - factor)
  for (let at = 0; at < plane; at++) {
    const red = image[at] ?? 0
    const green = image[plane + at] ?? 0
    const blue = image[2 * plane + at] ?? 0
    const grey = greyPart[greyOf(red, green, blue)] ?? 0
    image[at] = clamp(Math.fround((own[red] ?? 0) + grey))
    image[plane + at] = clamp(Math.fround((own[green] ?? 0) + grey))
    image[2 * plane + at] = clamp(Math.fround((own[blue] ?? 0) + grey))
  }
}
