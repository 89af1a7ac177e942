import type { GreyImage, PixelImage } from './pixel-image.ts'

/** Pillow's fixed point: 32 bits, less 8 of the pixel and 2 of headroom. */
const one = 1 << 22

/** Keys' cubic with a = -0.5 (Keys 1981), as Pillow's BICUBIC. */
function weighCubic(distance: number): number {
  const x = Math.abs(distance)
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2
  return 0
}

/** Which places of the old side each of the new one is made of, and how much of each. */
interface Taps {
  /** `[to]` */
  readonly first: Int32Array
  /** Where the weights of each begin, and last where they end: `[to + 1]` */
  readonly starts: Int32Array
  readonly weights: Int32Array
}

function planTaps(from: number, to: number): Taps {
  const scale = from / to
  const stretch = Math.max(scale, 1)
  const support = 2 * stretch
  const first = new Int32Array(to)
  const starts = new Int32Array(to + 1)
  const weights = new Int32Array(to * (2 * Math.ceil(support) + 1))
  const taps = new Float64Array(2 * Math.ceil(support) + 1)
  for (let out = 0, write = 0; out < to; out++) {
    const centre = (out + 0.5) * scale
    const low = Math.max(0, Math.trunc(centre - support + 0.5))
    const high = Math.min(from, Math.trunc(centre + support + 0.5))
    let total = 0
    for (let tap = 0; tap < high - low; tap++) {
      const weight = weighCubic((low + tap - centre + 0.5) / stretch)
      taps[tap] = weight
      total += weight
    }
    for (let tap = 0; tap < high - low; tap++) {
      const weight = taps[tap] ?? 0
      weights[write++] = Math.trunc((weight / total) * one + (weight < 0 ? -0.5 : 0.5))
    }
    first[out] = low
    starts[out + 1] = write
  }
  return { first, starts, weights }
}

const clip = (sum: number): number => Math.min(255, Math.max(0, sum >> 22))
const rounding = one >> 1

interface Plane {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
}

function resizeGreyColumns({ data, width, height }: Plane, { first, starts, weights }: Taps): Uint8Array {
  const to = first.length
  const result = new Uint8Array(to * height)
  for (let y = 0, write = 0; y < height; y++) {
    for (let x = 0; x < to; x++) {
      const end = starts[x + 1] ?? 0
      let sum = rounding
      for (let tap = starts[x] ?? 0, read = y * width + (first[x] ?? 0); tap < end; tap++, read++) {
        sum = (sum + Math.imul(weights[tap] ?? 0, data[read] ?? 0)) | 0
      }
      result[write++] = clip(sum)
    }
  }
  return result
}

function resizeColourColumns({ data, width, height }: Plane, { first, starts, weights }: Taps): Uint8Array {
  const to = first.length
  const result = new Uint8Array(to * height * 3)
  for (let y = 0, write = 0; y < height; y++) {
    for (let x = 0; x < to; x++) {
      const end = starts[x + 1] ?? 0
      let [red, green, blue] = [rounding, rounding, rounding]
      for (let tap = starts[x] ?? 0, read = (y * width + (first[x] ?? 0)) * 3; tap < end; tap++, read += 3) {
        const weight = weights[tap] ?? 0
        red = (red + Math.imul(weight, data[read] ?? 0)) | 0
        green = (green + Math.imul(weight, data[read + 1] ?? 0)) | 0
        blue = (blue + Math.imul(weight, data[read + 2] ?? 0)) | 0
      }
      result[write++] = clip(red)
      result[write++] = clip(green)
      result[write++] = clip(blue)
    }
  }
  return result
}

function resizeColumns(plane: Plane, to: number): Plane {
  const taps = planTaps(plane.width, to)
  const data = plane.channels === 1 ? resizeGreyColumns(plane, taps) : resizeColourColumns(plane, taps)
  return { ...plane, data, width: to }
}

function resizeRows({ data, width, height, channels }: Plane, to: number): Plane {
  const { first, starts, weights } = planTaps(height, to)
  const row = width * channels
  const result = new Uint8Array(to * row)
  const sums = new Int32Array(row)
  for (let y = 0, write = 0; y < to; y++) {
    const end = starts[y + 1] ?? 0
    sums.fill(rounding)
    for (let tap = starts[y] ?? 0, read = (first[y] ?? 0) * row; tap < end; tap++) {
      const weight = weights[tap] ?? 0
      for (let x = 0; x < row; x++, read++) sums[x]! += Math.imul(weight, data[read] ?? 0)
    }
    for (let x = 0; x < row; x++) result[write++] = clip(sums[x] ?? 0)
  }
  return { data: result, width, height: to, channels }
}

/** Columns, rounded to bytes, then rows: equal to Pillow's `resize` with BICUBIC, its default. */
function resize(plane: Plane, width: number, height: number): Plane {
  const narrow = plane.width === width ? plane : resizeColumns(plane, width)
  return narrow.height === height ? narrow : resizeRows(narrow, height)
}

export function resizeColour(
  { width, height, data }: PixelImage,
  to: { width: number; height: number },
): PixelImage {
  return resize({ width, height, data, channels: 3 }, to.width, to.height)
}

export function resizeGrey(
  { width, height, data }: GreyImage,
  to: { width: number; height: number },
): GreyImage {
  return resize({ width, height, data, channels: 1 }, to.width, to.height)
}
