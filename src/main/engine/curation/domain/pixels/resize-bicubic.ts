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
  readonly channels: 1 | 3
}

function resizeColumns({ data, width, height, channels }: Plane, to: number): Plane {
  const { first, weights } = planTaps(width, to)
  const result = new Uint8Array(to * height * channels)
  const isGrey = channels === 1
  for (let x = 0; x < to; x++) {
    const taps = weights[x] ?? new Int32Array()
    const start = (first[x] ?? 0) * channels
    for (let y = 0; y < height; y++) {
      let red = one >> 1
      let green = red
      let blue = red
      let read = y * width * channels + start
      for (let tap = 0; tap < taps.length; tap++, read += channels) {
        const weight = taps[tap] ?? 0
        red += weight * (data[read] ?? 0)
        if (isGrey) continue
        green += weight * (data[read + 1] ?? 0)
        blue += weight * (data[read + 2] ?? 0)
      }
      const write = (y * to + x) * channels
      result[write] = clip(red)
      if (isGrey) continue
      result[write + 1] = clip(green)
      result[write + 2] = clip(blue)
    }
  }
  return { data: result, width: to, height, channels }
}

function resizeRows({ data, width, height, channels }: Plane, to: number): Plane {
  const { first, weights } = planTaps(height, to)
  const row = width * channels
  const result = new Uint8Array(to * row)
  const sums = new Float64Array(row)
  for (let y = 0; y < to; y++) {
    const taps = weights[y] ?? new Int32Array()
    sums.fill(one >> 1)
    for (let tap = 0, read = (first[y] ?? 0) * row; tap < taps.length; tap++, read += row) {
      const weight = taps[tap] ?? 0
      for (let x = 0; x < row; x++) sums[x]! += weight * (data[read + x] ?? 0)
    }
    for (let x = 0; x < row; x++) result[y * row + x] = clip(sums[x] ?? 0)
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
