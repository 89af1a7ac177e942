import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { joinFragments } from './join-fragments.ts'
import { convertToLab } from './lab-colours.ts'
import type { Segments } from './segments.ts'

export interface SlicOptions {
  /** About so many regions. */
  readonly segments: number
  /** What place counts beside colour. */
  readonly compactness: number
  /** Pixels: the Gaussian that smooths the picture first. */
  readonly sigma: number
}

export const usualSlic: SlicOptions = { segments: 60, compactness: 10, sigma: 1 }

const rounds = 10

interface Axis {
  readonly start: number
  readonly step: number
}

interface Size {
  readonly width: number
  readonly height: number
}

/** To whole numbers as numpy: a half goes to the even one. */
const roundHalfEven = (value: number): number => {
  const low = Math.floor(value)
  if (value - low !== 0.5) return Math.round(value)
  return low % 2 === 0 ? low : low + 1
}

/** Where about `points` points stand evenly, as `skimage.util.regular_grid`. */
function planGrid({ width, height }: Size, points: number): { readonly across: Axis; readonly down: Axis } {
  const every = { start: 0, step: 1 }
  if (width * height <= points) return { across: every, down: every }
  const makeAxis = (step: number): Axis => ({
    start: Math.floor(Math.floor(step) / 2),
    step: roundHalfEven(step),
  })
  const even = Math.sqrt((width * height) / points)
  const [short, long] = [Math.min(width, height), Math.max(width, height)]
  // A side shorter than the step has one row of points in its middle.
  const [ofShort, ofLong] = short < even ? [short, long / points] : [even, even]
  const [shortAxis, longAxis] = [makeAxis(ofShort), makeAxis(ofLong)]
  return width <= height ? { across: shortAxis, down: longAxis } : { across: longAxis, down: shortAxis }
}

const reflect = (at: number, length: number): number => {
  const turn = ((at % (2 * length)) + 2 * length) % (2 * length)
  return turn < length ? turn : 2 * length - 1 - turn
}

/** A Gaussian cut at four sigmas, mirrored at the borders: `scipy.ndimage.gaussian_filter`. @param lab `[height, width, 3]` */
function smooth(lab: Float64Array, { width, height }: Size, sigma: number): Float64Array {
  if (sigma <= 0) return lab
  const radius = Math.floor(4 * sigma + 0.5)
  const taps = Float64Array.from({ length: 2 * radius + 1 }, (_, tap) =>
    Math.exp((-0.5 * (tap - radius) ** 2) / (sigma * sigma)),
  )
  const total = taps.reduce((sum, tap) => sum + tap, 0)
  const blur = (from: Float64Array, length: number, placeOf: (line: number, along: number) => number) => {
    const to = new Float64Array(from.length)
    const lines = from.length / 3 / length
    for (let line = 0; line < lines; line++) {
      for (let along = 0; along < length; along++) {
        let [a, b, c] = [0, 0, 0]
        for (let tap = 0; tap < taps.length; tap++) {
          const read = placeOf(line, reflect(along + tap - radius, length)) * 3
          const share = (taps[tap] ?? 0) / total
          a += share * (from[read] ?? 0)
          b += share * (from[read + 1] ?? 0)
          c += share * (from[read + 2] ?? 0)
        }
        const write = placeOf(line, along) * 3
        to[write] = a
        to[write + 1] = b
        to[write + 2] = c
      }
    }
    return to
  }
  const down = blur(lab, height, (column, row) => row * width + column)
  return blur(down, width, (row, column) => row * width + column)
}

/** A middle is five numbers: row, column and colour. */
const numbersPerMiddle = 5

function placeMiddles(size: Size, { across, down }: ReturnType<typeof planGrid>): Float64Array {
  const middles: number[] = []
  for (let y = down.start; y < size.height; y += down.step)
    for (let x = across.start; x < size.width; x += across.step) middles.push(y, x, 0, 0, 0)
  return Float64Array.from(middles)
}

interface Clusters {
  readonly colours: Float64Array
  readonly middles: Float64Array
  readonly labels: Int32Array
}

/** Gives each pixel to the nearest middle among those whose window it lies in. */
function assignPixels(
  { colours, middles, labels }: Clusters,
  { width, height }: Size,
  { reachDown, reachAcross, weight }: { reachDown: number; reachAcross: number; weight: number },
): void {
  const nearest = new Float64Array(width * height).fill(Infinity)
  for (let middle = 0; middle * numbersPerMiddle < middles.length; middle++) {
    const at = middle * numbersPerMiddle
    const [row, column] = [middles[at] ?? 0, middles[at + 1] ?? 0]
    // One that lost all its pixels stands nowhere.
    if (Number.isNaN(row)) continue
    const [a, b, c] = [middles[at + 2] ?? 0, middles[at + 3] ?? 0, middles[at + 4] ?? 0]
    const bottom = Math.trunc(Math.min(row + reachDown + 1, height))
    const right = Math.trunc(Math.min(column + reachAcross + 1, width))
    for (let y = Math.trunc(Math.max(row - reachDown, 0)); y < bottom; y++) {
      const down = (row - y) * (row - y)
      for (let x = Math.trunc(Math.max(column - reachAcross, 0)); x < right; x++) {
        const pixel = y * width + x
        const da = (colours[pixel * 3] ?? 0) - a
        const db = (colours[pixel * 3 + 1] ?? 0) - b
        const dc = (colours[pixel * 3 + 2] ?? 0) - c
        const distance = (down + (column - x) * (column - x)) * weight + (da * da + db * db + dc * dc)
        if ((nearest[pixel] ?? 0) > distance) {
          labels[pixel] = middle
          nearest[pixel] = distance
        }
      }
    }
  }
}

function moveMiddles({ colours, middles, labels }: Clusters, width: number): void {
  const counts = new Int32Array(middles.length / numbersPerMiddle)
  middles.fill(0)
  const add = (place: number, value: number): void => void (middles[place] = (middles[place] ?? 0) + value)
  labels.forEach((label, pixel) => {
    const at = label * numbersPerMiddle
    counts[label] = (counts[label] ?? 0) + 1
    add(at, Math.floor(pixel / width))
    add(at + 1, pixel % width)
    for (let channel = 0; channel < 3; channel++) add(at + 2 + channel, colours[pixel * 3 + channel] ?? 0)
  })
  for (let at = 0; at < middles.length; at++)
    middles[at] = (middles[at] ?? 0) / (counts[Math.floor(at / numbersPerMiddle)] ?? 0)
}

/**
 * SLIC superpixels (Achanta et al. 2012) in L*a*b*, each in one piece, as `skimage.segmentation.slic` computes them with
 * `start_label=0`. Its own default begins at 1, which LIME, counting from 0, takes for one region that is never hidden.
 */
export function segmentBySlic(picture: RgbImage, { segments, compactness, sigma }: SlicOptions): Segments {
  const { width, height } = picture
  const grid = planGrid(picture, segments)
  const lab = smooth(convertToLab(picture, { isStretched: true }), picture, sigma)
  const colours = lab.map((value) => value * (1 / compactness))
  const middles = placeMiddles(picture, grid)
  const count = middles.length / numbersPerMiddle
  const labels = new Int32Array(width * height)
  // The windows go by the points that there are, which are not quite those that were asked for.
  const windows = planGrid(picture, count)
  const step = Math.max(grid.down.step, grid.across.step)
  const reach = { reachDown: 2 * windows.down.step, reachAcross: 2 * windows.across.step }
  const clusters = { colours, middles, labels }
  for (let round = 0; round < rounds; round++) {
    assignPixels(clusters, picture, { ...reach, weight: 1 / (step * step) })
    moveMiddles(clusters, width)
  }
  const size = (width * height) / count
  return joinFragments(labels, picture, { smallest: Math.trunc(0.5 * size), largest: Math.trunc(3 * size) })
}
