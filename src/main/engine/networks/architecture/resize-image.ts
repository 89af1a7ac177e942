/** An upright image, three bytes a pixel: red, green, blue. */
export interface RgbImage {
  readonly width: number
  readonly height: number
  /** `[height, width, 3]` */
  readonly data: Uint8Array
}

/** Names the resize in cache files and exported models; a change of the arithmetic needs a new name. */
export const preprocessingVersion = 'rgb-triangle-1'

interface Taps {
  readonly first: Int32Array
  readonly weights: readonly Float64Array[]
}

/** Weights of a triangle filter that widens with the scale when shrinking, so that nothing aliases. */
function planTaps(from: number, to: number): Taps {
  const scale = from / to
  const support = Math.max(scale, 1)
  const first = new Int32Array(to)
  const weights: Float64Array[] = []
  for (let out = 0; out < to; out++) {
    const centre = (out + 0.5) * scale
    const low = Math.max(0, Math.floor(centre - support + 0.5))
    const high = Math.min(from, Math.floor(centre + support + 0.5))
    const taps = Float64Array.from({ length: high - low }, (_, tap) =>
      Math.max(0, 1 - Math.abs((low + tap + 0.5 - centre) / support)),
    )
    const total = taps.reduce((sum, weight) => sum + weight, 0)
    first[out] = low
    weights.push(taps.map((weight) => weight / total))
  }
  return { first, weights }
}

/** Columns first, kept in floating point: `[height, size, 3]`. */
function shrinkColumns({ width, height, data }: RgbImage, size: number): Float32Array {
  const { first, weights } = planTaps(width, size)
  const narrow = new Float32Array(height * size * 3)
  for (let x = 0; x < size; x++) {
    const taps = weights[x] ?? new Float64Array()
    const start = first[x] ?? 0
    for (let y = 0; y < height; y++) {
      let red = 0
      let green = 0
      let blue = 0
      let read = (y * width + start) * 3
      for (let tap = 0; tap < taps.length; tap++) {
        const weight = taps[tap] ?? 0
        red += weight * (data[read] ?? 0)
        green += weight * (data[read + 1] ?? 0)
        blue += weight * (data[read + 2] ?? 0)
        read += 3
      }
      const write = (y * size + x) * 3
      narrow[write] = red
      narrow[write + 1] = green
      narrow[write + 2] = blue
    }
  }
  return narrow
}

/**
 * The one way an image becomes a network's input, for training, evaluation, parity and prediction: the whole
 * image drawn into a square, antialiased bilinear (triangle filter with half-pixel centres, as Pillow's
 * BILINEAR), without keeping the aspect.
 * @returns `[3, size, size]` planar, 0-255.
 */
export function resizeToPlanar(image: RgbImage, size: number): Uint8Array<ArrayBuffer> {
  const narrow = shrinkColumns(image, size)
  const { first, weights } = planTaps(image.height, size)
  const planar = new Uint8Array(3 * size * size)
  const plane = size * size
  for (let y = 0; y < size; y++) {
    const taps = weights[y] ?? new Float64Array()
    const start = first[y] ?? 0
    for (let x = 0; x < size; x++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0
        for (let tap = 0; tap < taps.length; tap++) {
          sum += (taps[tap] ?? 0) * (narrow[((start + tap) * size + x) * 3 + channel] ?? 0)
        }
        planar[channel * plane + y * size + x] = Math.min(255, Math.floor(sum + 0.5))
      }
    }
  }
  return planar
}
