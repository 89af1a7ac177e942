import { resizeColour, resizeGrey } from './resize-bicubic.ts'
import { toGrey, type GreyImage, type PixelImage } from './pixel-image.ts'

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
export function measureEdges(image: PixelImage) {
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

/** Where a place beyond the rim is read, the rim mirrored: `[width + 2 half]`, from `-half` on. */
function mirrorPlaces(width: number): Int32Array {
  const period = 2 * width
  return Int32Array.from({ length: width + 2 * half }, (_, index) => {
    const at = (((index - half) % period) + period) % period
    return at < width ? at : period - 1 - at
  })
}

/** Mean over a window along rows: `[height, width]` */
function smoothRows({ width, height, data }: GreyImage): Float64Array {
  const result = new Float64Array(data.length)
  const places = mirrorPlaces(width)
  for (let y = 0; y < height; y++) {
    const row = y * width
    let sum = 0
    for (let index = 0; index < window; index++) sum += data[row + (places[index] ?? 0)] ?? 0
    for (let x = 0; x < width; x++) {
      result[row + x] = sum / window
      if (x + 1 === width) break
      sum += (data[row + (places[x + window] ?? 0)] ?? 0) - (data[row + (places[x] ?? 0)] ?? 0)
    }
  }
  return result
}

/** A row's sums of Sobel's columns 1, 2, 1, of which the gradient is the difference two places apart. */
function sumColumns(values: Uint8Array | Float64Array, row: number, sums: Float64Array): void {
  const width = sums.length
  for (let x = 0; x < width; x++) {
    sums[x] = (values[row + x - width] ?? 0) + 2 * (values[row + x] ?? 0) + (values[row + x + width] ?? 0)
  }
}

/** Share of the gradients along rows that is left after blurring again. */
function measureBlurAlongRows(grey: GreyImage): number {
  const { width, height, data } = grey
  const smooth = smoothRows(grey)
  const sharpSums = new Float64Array(width)
  const smoothSums = new Float64Array(width)
  let total = 0
  let lost = 0
  for (let y = 2; y < height - 1; y++) {
    sumColumns(data, y * width, sharpSums)
    sumColumns(smooth, y * width, smoothSums)
    for (let x = 2; x < width - 1; x++) {
      const sharp = Math.abs((sharpSums[x + 1] ?? 0) - (sharpSums[x - 1] ?? 0))
      const left = Math.abs((smoothSums[x + 1] ?? 0) - (smoothSums[x - 1] ?? 0))
      total += sharp
      if (left < sharp) lost += sharp - left
    }
  }
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

/**
 * `noise`: standard deviation of the noise in grey levels (Immerkaer 1996), over the half of the pixels with the weakest
 * gradients, so that texture and edges do not count.
 */
export function measureNoise({ width, height, data }: GreyImage) {
  if (width < 3 || height < 3) return { noise: 0 }
  const magnitudes = new Uint16Array((width - 2) * (height - 2))
  const responses = new Uint16Array(magnitudes.length)
  for (let y = 1, out = 0; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++, out++) {
      const at = y * width + x
      const n = data[at - width] ?? 0
      const s = data[at + width] ?? 0
      const w = data[at - 1] ?? 0
      const e = data[at + 1] ?? 0
      const nw = data[at - width - 1] ?? 0
      const ne = data[at - width + 1] ?? 0
      const sw = data[at + width - 1] ?? 0
      const se = data[at + width + 1] ?? 0
      responses[out] = Math.abs(nw + ne + sw + se - 2 * (n + s + w + e) + 4 * (data[at] ?? 0))
      magnitudes[out] =
        Math.abs(ne + 2 * e + se - nw - 2 * w - sw) + Math.abs(sw + 2 * s + se - nw - 2 * n - ne)
    }
  }
  return { noise: averageQuiet(responses, magnitudes) }
}

/** Largest sum of a Sobel pair over bytes is 2040. */
const gradientBins = 2041

function averageQuiet(responses: Uint16Array, magnitudes: Uint16Array): number {
  const counts = new Uint32Array(gradientBins)
  for (const magnitude of magnitudes) counts[magnitude]! += 1
  let limit = 0
  for (let seen = counts[0] ?? 0; seen < magnitudes.length / 2;) seen += counts[++limit] ?? 0
  let sum = 0
  let count = 0
  for (let at = 0; at < responses.length; at++) {
    if ((magnitudes[at] ?? 0) > limit) continue
    sum += responses[at] ?? 0
    count += 1
  }
  return (Math.sqrt(Math.PI / 2) / 6) * (sum / Math.max(1, count))
}
