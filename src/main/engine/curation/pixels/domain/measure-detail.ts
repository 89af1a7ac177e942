import { resizeColour, resizeGrey } from './resize-bicubic.ts'
import { listStrips, stripRows } from '#engine/base/media/domain/loops/loop-memory.ts'
import { useLoops } from '#engine/curation/pixels/domain/loops/pixel-loops.ts'
import type { GreyImage, RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { toGrey } from './to-grey.ts'

/** Sides of the picture that edges are looked for in, as cleanvision's. */
const edgeSide = 64

/** Pillow's FIND_EDGES: eight times the pixel less its neighbours, cut off at 0 and 255; the rim is copied. */
function findEdges({ width, height, data }: GreyImage): Uint8Array {
  const edges = data.slice()
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x
      let sum = 9 * (data[at] ?? 0)
      for (let row = at - width - 1; row <= at + width - 1; row += width) {
        sum -= (data[row] ?? 0) + (data[row + 1] ?? 0) + (data[row + 2] ?? 0)
      }
      edges[at] = Math.min(255, Math.max(0, sum))
    }
  }
  return edges
}

function deviationOf(values: ArrayLike<number>): number {
  let sum = 0
  let squares = 0
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0
    sum += value
    squares += value * value
  }
  const mean = sum / values.length
  return Math.sqrt(Math.max(0, squares / values.length - mean * mean))
}

/** The edge measure of cleanvision: `blurriness` is the standard deviation of edges at 64 pixels, high where sharp. */
export function measureEdges(image: RgbImage) {
  const ratio = Math.max(image.width, image.height) / edgeSide
  const to = (side: number): number => Math.max(1, Math.floor(side / ratio))
  const small = ratio > 1 ? resizeColour(image, { width: to(image.width), height: to(image.height) }) : image
  const grey = toGrey(small)
  const counts = new Uint32Array(256)
  for (const value of grey.data) counts[value]! += 1
  return { blurriness: deviationOf(findEdges(grey)), blurrinessGrayscaleStd: deviationOf(counts) }
}

/** Longer side at which blur is judged: a face is looked at, not its pores. */
const blurSide = 200
/** Width of the mean that the picture is blurred by again. */
const window = 11
const half = (window - 1) / 2

/** Where a place of a side is read that may lie beyond its rim: there the side is mirrored. */
function mirrorPlace(at: number, side: number): number {
  const within = ((at % (2 * side)) + 2 * side) % (2 * side)
  return within < side ? within : 2 * side - 1 - within
}

/** Share of the gradients along rows that is left after blurring again by a mean over `window` places. */
function measureBlurAlongRows({ width, height, data }: GreyImage): number {
  const beyond = Int32Array.from({ length: 2 * half }, (_, index) =>
    mirrorPlace(index < half ? index - half : width + index - half, width),
  )
  const [total = 0, lost = 0] = useLoops((loops) => {
    // `half` places, the row, `half` places.
    const [greyAt = 0, columnsAt = 0, sumsAt = 0] = loops.reserve([data.length, 4 * (width + 2 * half), 8])
    loops.bytesAt(greyAt, data.length).set(data)
    const sums = loops.wholesAt(sumsAt, 2).fill(0)
    const columns = loops.wholesAt(columnsAt, width + 2 * half)
    for (let y = 2; y < height - 1; y++) {
      loops.sumColumns(greyAt + y * width, width, columnsAt + 4 * half)
      for (let index = 0; index < half; index++) {
        columns[index] = columns[half + (beyond[index] ?? 0)] ?? 0
        columns[half + width + index] = columns[half + (beyond[half + index] ?? 0)] ?? 0
      }
      loops.addBlurRow(columnsAt, width, sumsAt)
    }
    return [...sums]
  })
  return total === 0 ? 1 : (total - lost) / total
}

function transpose({ width, height, data }: GreyImage): GreyImage {
  const turned = new Uint8Array(data.length)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) turned[x * height + y] = data[y * width + x] ?? 0
  return { width: height, height: width, data: turned }
}

/**
 * `blurEffect`: 0 sharp, 1 without any detail: what is left of the gradients when the picture is blurred once more (Crete
 * et al. 2007; scikit-image's `blur_effect`), at 200 pixels, in the direction where it is blurrier.
 */
export function measureBlur(grey: GreyImage) {
  const ratio = Math.max(grey.width, grey.height) / blurSide
  const to = (side: number): number => Math.max(1, Math.round(side / ratio))
  const small = ratio > 1 ? resizeGrey(grey, { width: to(grey.width), height: to(grey.height) }) : grey
  if (small.width < 4 || small.height < 4) return { blurEffect: 1 }
  return { blurEffect: Math.max(measureBlurAlongRows(small), measureBlurAlongRows(transpose(small))) }
}

/** Largest sum of a Sobel pair over bytes is 2040. */
const gradientBins = 2041

/**
 * `noise`: standard deviation of the noise in grey levels (Immerkaer 1996), over the half of the pixels with the weakest
 * gradients, so that texture and edges do not count.
 */
export function measureNoise({ width, height, data }: GreyImage) {
  if (width < 3 || height < 3) return { noise: 0 }
  const most = Math.min(height, stripRows(width) + 2)
  return useLoops((loops) => {
    const [greyAt = 0, countsAt = 0, responsesAt = 0] = loops.reserve([
      most * width,
      4 * gradientBins,
      8 * gradientBins,
    ])
    const counts = loops.countsAt(countsAt, gradientBins).fill(0)
    const responses = loops.numbersAt(responsesAt, gradientBins).fill(0)
    for (const { from, to } of listStrips({ first: 1, end: height - 1, rowBytes: width })) {
      loops.bytesAt(greyAt, (to - from + 2) * width).set(data.subarray((from - 1) * width, (to + 1) * width))
      loops.countNoiseRows(greyAt, width, to - from, countsAt, responsesAt)
    }
    return { noise: averageQuiet(counts, responses, ((width - 2) * (height - 2)) / 2) }
  })
}

/** @param least so many pixels count at least */
function averageQuiet(counts: Uint32Array, responses: Float64Array, least: number): number {
  let count = 0
  let sum = 0
  for (let magnitude = 0; magnitude === 0 || count < least; magnitude++) {
    count += counts[magnitude] ?? 0
    sum += responses[magnitude] ?? 0
  }
  return (Math.sqrt(Math.PI / 2) / 6) * (sum / Math.max(1, count))
}
