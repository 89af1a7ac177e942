import type { Random } from '#engine/kernel/random.ts'

/**
 * Brightness, contrast and saturation of planar images `[3, height, width]` in place, to the byte as
 * `torchvision.transforms.functional` adjusts uint8 tensors: each step in float32, clamped, rounded down.
 */

const values = 256

const table = (valueOf: (byte: number) => number): Float32Array =>
  Float32Array.from({ length: values }, (_, byte) => valueOf(byte))

const scaled = (factor: number): Float32Array => {
  const single = Math.fround(factor)
  return table((byte) => single * byte)
}

/** ITU-R 601-2 luma with torchvision's rounding of its coefficients. */
const [redPart, greenPart, bluePart] = [scaled(0.2989), scaled(0.587), scaled(0.114)]

const greyOf = (red: number, green: number, blue: number): number =>
  Math.trunc(Math.fround(Math.fround((redPart[red] ?? 0) + (greenPart[green] ?? 0)) + (bluePart[blue] ?? 0)))

const clamp = (value: number): number => Math.min(255, Math.max(0, value))

function replaceBytes(image: Uint8Array, valueOf: (byte: number) => number): void {
  // A Uint8Array rounds down what is assigned to it.
  const replaced = Uint8Array.from({ length: values }, (_, byte) => clamp(valueOf(byte)))
  for (let at = 0; at < image.length; at++) image[at] = replaced[image[at] ?? 0] ?? 0
}

/** A factor, uniform from `1 - range` to `1 + range`. */
export const drawFactor = (random: Random, range: number): number => 1 + range * (2 * random.float() - 1)

/** 0 gives black, 1 the image. */
export function adjustBrightness(image: Uint8Array, factor: number): void {
  const own = scaled(factor)
  replaceBytes(image, (byte) => own[byte] ?? 0)
}

/** 0 gives a plane of the mean grey, 1 the image. */
export function adjustContrast(image: Uint8Array, factor: number): void {
  const plane = image.length / 3
  let total = 0
  for (let at = 0; at < plane; at++) {
    total += greyOf(image[at] ?? 0, image[plane + at] ?? 0, image[2 * plane + at] ?? 0)
  }
  const own = scaled(factor)
  const rest = Math.fround(Math.fround(1 - factor) * Math.fround(total / plane))
  replaceBytes(image, (byte) => Math.fround((own[byte] ?? 0) + rest))
}

/** 0 gives shades of grey, 1 the image. */
export function adjustSaturation(image: Uint8Array, factor: number): void {
  const plane = image.length / 3
  const own = scaled(factor)
  const greyPart = scaled(1 - factor)
  for (let at = 0; at < plane; at++) {
    const [red, green, blue] = [image[at] ?? 0, image[plane + at] ?? 0, image[2 * plane + at] ?? 0]
    const grey = greyPart[greyOf(red, green, blue)] ?? 0
    image[at] = clamp(Math.fround((own[red] ?? 0) + grey))
    image[plane + at] = clamp(Math.fround((own[green] ?? 0) + grey))
    image[2 * plane + at] = clamp(Math.fround((own[blue] ?? 0) + grey))
  }
}
