import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { convertToLab } from './lab-colours.ts'
import { makeNumpyNoise } from './numpy-noise.ts'
import { numberSegments, type Segments } from './segments.ts'

export interface QuickshiftOptions {
  /** Pixels: the width of the Gaussian that densities are estimated with. */
  readonly kernelSize: number
  /** The longest step to a denser pixel, in pixels and scaled colour. */
  readonly maxDistance: number
  /** What a colour difference counts beside one of place, in [0, 1]. */
  readonly ratio: number
}

/** The defaults of LIME for images (Ribeiro, Singh & Guestrin 2016). */
export const limeQuickshift: QuickshiftOptions = { kernelSize: 4, maxDistance: 200, ratio: 0.2 }

interface Field {
  readonly width: number
  readonly height: number
  /** `[height, width]` each. */
  readonly channels: readonly [Float64Array, Float64Array, Float64Array]
}

function scaleColours(picture: RgbImage, ratio: number): Field {
  const lab = convertToLab(picture, { isStretched: false })
  const take = (channel: number) =>
    Float64Array.from({ length: lab.length / 3 }, (_, at) => (lab[at * 3 + channel] ?? 0) * ratio)
  return { width: picture.width, height: picture.height, channels: [take(0), take(1), take(2)] }
}

/**
 * Gaussian densities in place and colour. Each pair of pixels is visited once, and the Gaussian of place comes from a table, so
 * that one exponential serves both pixels.
 */
function estimateDensities({ width, height, channels }: Field, kernelSize: number, reach: number) {
  const [first, second, third] = channels
  const factor = -0.5 / (kernelSize * kernelSize)
  const densities = new Float64Array(width * height).fill(1)
  for (let down = 0; down <= reach; down++) {
    for (let across = down === 0 ? 1 : -reach; across <= reach; across++) {
      const place = Math.exp((down * down + across * across) * factor)
      const from = Math.max(0, -across)
      const to = Math.min(width, width - across)
      const step = down * width + across
      for (let y = 0; y + down < height; y++) {
        const row = y * width
        for (let at = row + from; at < row + to; at++) {
          const other = at + step
          const a = (first[at] ?? 0) - (first[other] ?? 0)
          const b = (second[at] ?? 0) - (second[other] ?? 0)
          const c = (third[at] ?? 0) - (third[other] ?? 0)
          const share = place * Math.exp((a * a + b * b + c * c) * factor)
          densities[at] = (densities[at] ?? 0) + share
          densities[other] = (densities[other] ?? 0) + share
        }
      }
    }
  }
  return densities
}

interface Step {
  readonly down: number
  readonly across: number
  readonly squared: number
}

/** Places around a pixel, nearest first and then in the order of reading. */
function listSteps(reach: number): Step[] {
  const steps: Step[] = []
  for (let down = -reach; down <= reach; down++)
    for (let across = -reach; across <= reach; across++)
      if (down !== 0 || across !== 0) steps.push({ down, across, squared: down * down + across * across })
  return steps.toSorted((a, b) => a.squared - b.squared || a.down - b.down || a.across - b.across)
}

/** The nearest denser pixel of each, by place and colour; a pixel without one within `maxDistance` is its own. */
function findParents(
  { width, height, channels }: Field,
  densities: Float64Array,
  { reach, maxDistance }: { readonly reach: number; readonly maxDistance: number },
): Int32Array {
  const [first, second, third] = channels
  const steps = listSteps(reach)
  const parents = new Int32Array(width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x
      const density = densities[at] ?? 0
      let [parent, closest] = [at, maxDistance * maxDistance]
      let isFound = false
      for (const { down, across, squared } of steps) {
        // Farther places are at least so far, whatever their colours.
        if (squared > closest) break
        const [row, column] = [y + down, x + across]
        if (row < 0 || row >= height || column < 0 || column >= width) continue
        const other = row * width + column
        if ((densities[other] ?? 0) <= density) continue
        const a = (first[at] ?? 0) - (first[other] ?? 0)
        const b = (second[at] ?? 0) - (second[other] ?? 0)
        const c = (third[at] ?? 0) - (third[other] ?? 0)
        const distance = a * a + b * b + c * c + down * down + across * across
        const isNearer = distance < closest || (distance === closest && (!isFound || other < parent))
        if (isNearer) [parent, closest, isFound] = [other, distance, true]
      }
      parents[at] = parent
    }
  }
  return parents
}

/** Tells alike densities apart: scikit-image's own. */
const noiseScale = 1e-5

/**
 * Quick shift (Vedaldi & Soatto 2008) over place and L*a*b* colour, as `skimage.segmentation.quickshift` computes it.
 * @returns regions in the order of their densest pixels
 */
export function segmentByQuickshift(
  picture: RgbImage,
  { kernelSize, maxDistance, ratio }: QuickshiftOptions,
): Segments {
  const field = scaleColours(picture, ratio)
  const reach = Math.ceil(3 * kernelSize)
  const densities = estimateDensities(field, kernelSize, reach)
  const noise = makeNumpyNoise(densities.length, noiseScale)
  for (let at = 0; at < densities.length; at++) densities[at] = (densities[at] ?? 0) + (noise[at] ?? 0)
  const roots = findParents(field, densities, { reach, maxDistance })
  // A parent is denser than its child: along descending densities every root is known when it is asked for.
  const order = Uint32Array.from(densities.keys()).sort((a, b) => (densities[b] ?? 0) - (densities[a] ?? 0))
  for (const at of order) roots[at] = roots[roots[at] ?? at] ?? at
  return numberSegments(roots, picture)
}
