import type { Random } from '#engine/base/kernel/random.ts'

/** A part of an image in whole pixels. */
export interface Rectangle {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

const attempts = 10
const widestAspect = 4 / 3

/** A number whose logarithm is uniform between those of 1 / `widest` and `widest`. */
export const drawAspect = (random: Random, widest: number): number =>
  Math.exp((2 * random.float() - 1) * Math.log(widest))

/**
 * A part of a square image for a random resized crop: its area uniform from `minArea` to all, its aspect log-uniform
 * from 3/4 to 4/3; the whole image when ten draws do not fit.
 * @see torchvision.transforms.RandomResizedCrop (Szegedy et al. 2015)
 */
export function drawCrop(random: Random, { size, minArea }: { size: number; minArea: number }): Rectangle {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const area = size * size * (minArea + (1 - minArea) * random.float())
    const aspect = drawAspect(random, widestAspect)
    const width = Math.round(Math.sqrt(area * aspect))
    const height = Math.round(Math.sqrt(area / aspect))
    if (width >= 1 && width <= size && height >= 1 && height <= size) {
      return { left: random.int(0, size - width), top: random.int(0, size - height), width, height }
    }
  }
  return { left: 0, top: 0, width: size, height: size }
}

interface Taps {
  readonly low: Int32Array
  readonly high: Int32Array
  /** Weight of `high`. */
  readonly share: Float64Array
}

/** Half-pixel centres, as `align_corners=False`; beyond the part its own border pixels repeat. */
function planTaps(start: number, length: number, size: number): Taps {
  const low = new Int32Array(size)
  const high = new Int32Array(size)
  const share = new Float64Array(size)
  for (let out = 0; out < size; out++) {
    const centre = Math.max(0, ((out + 0.5) * length) / size - 0.5)
    const first = Math.min(length - 1, Math.floor(centre))
    low[out] = start + first
    high[out] = start + Math.min(length - 1, first + 1)
    share[out] = centre - first
  }
  return { low, high, share }
}

/** Draws a part of a planar image `[3, size, size]` over the whole square of the target, bilinear, then flipped. */
export function copyResized(
  source: Uint8Array,
  target: { readonly data: Uint8Array; readonly at: number },
  options: { part: Rectangle; size: number; isFlipped: boolean },
): void {
  const { part, size, isFlipped } = options
  const columns = planTaps(part.left, part.width, size)
  const rows = planTaps(part.top, part.height, size)
  for (let channel = 0; channel < 3; channel++) {
    const plane = channel * size * size
    for (let y = 0; y < size; y++) {
      const above = plane + (rows.low[y] ?? 0) * size
      const below = plane + (rows.high[y] ?? 0) * size
      const down = rows.share[y] ?? 0
      const write = target.at + plane + y * size
      for (let x = 0; x < size; x++) {
        const low = columns.low[x] ?? 0
        const high = columns.high[x] ?? 0
        const across = columns.share[x] ?? 0
        const upper = blend(source[above + low] ?? 0, source[above + high] ?? 0, across)
        const lower = blend(source[below + low] ?? 0, source[below + high] ?? 0, across)
        target.data[write + (isFlipped ? size - 1 - x : x)] = blend(upper, lower, down) + 0.5
      }
    }
  }
}

const blend = (from: number, to: number, share: number): number => from + (to - from) * share
