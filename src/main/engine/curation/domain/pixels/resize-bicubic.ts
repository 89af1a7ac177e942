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

interface Taps {
  readonly first: Int32Array
  readonly weights: readonly Int32Array[]
}

function planTaps(from: number, to: number): Taps {
  const scale = from / to
  const stretch = Math.max(scale, 1)
  const support = 2 * stretch
  const first = new Int32Array(to)
  const weights: Int32Array[] = []
  for (let out = 0; out < to; out++) {
    const centre = (out + 0.5) * scale
    const low = Math.max(0, Math.trunc(centre - support + 0.5))
    const high = Math.min(from, Math.trunc(centre + support + 0.5))
    const taps = Array.from({ length: high - low }, (_, tap) =>
      weighCubic((low + tap - centre + 0.5) / stretch),
    )
    const total = taps.reduce((sum, weight) => sum + weight, 0)
    first[out] = low
    weights.push(
      Int32Array.from(taps, (weight) => Math.trunc((weight / total) * one + (weight < 0 ? -0.5 : 0.5))),
    )
  }
  return { first, weights }
}

const clip = (sum: number): number => Math.min(255, Math.max(0, sum >> 22))

interface Plane {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
  readonly channels: number
}

function resizeColumns({ data, width, height, channels }: Plane, to: number): Plane {
  const { first, weights } = planTaps(width, to)
  const result = new Uint8Array(to * height * channels)
  for (let x = 0; x < to; x++) {
    const taps = weights[x] ?? new Int32Array()
    const start = first[x] ?? 0
    for (let y = 0; y < height; y++) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = one >> 1
        let read = (y * width + start) * channels + channel
        for (let tap = 0; tap < taps.length; tap++, read += channels)
          sum += (taps[tap] ?? 0) * (data[read] ?? 0)
        result[(y * to + x) * channels + channel] = clip(sum)
      }
    }
  }
  return { data: result, width: to, height, channels }
}

function resizeRows({ data, width, height, channels }: Plane, to: number): Plane {
  const { first, weights } = planTaps(height, to)
  const row = width * channels
  const result = new Uint8Array(to * row)
  for (let y = 0; y < to; y++) {
    const taps = weights[y] ?? new Int32Array()
    const start = (first[y] ?? 0) * row
    for (let x = 0; x < row; x++) {
      let sum = one >> 1
      let read = start + x
      for (let tap = 0; tap < taps.length; tap++, read += row) sum += (taps[tap] ?? 0) * (data[read] ?? 0)
      result[y * row + x] = clip(sum)
    }
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
