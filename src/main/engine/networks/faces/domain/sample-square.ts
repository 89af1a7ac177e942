import { resample, type Taps } from '#engine/base/media/domain/resample.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import type { Box } from './geometry.ts'

/** A square of whole pixels; what lies outside `content`, or outside the picture, is black. */
export interface SquareView {
  readonly x: number
  readonly y: number
  readonly side: number
  readonly content: Box
}

/** The box in the middle of a square as large as its longer side; an odd pixel goes before it, as face-api pads. */
export function viewInMiddle(content: Box): SquareView {
  const side = Math.max(content.width, content.height)
  const before = (length: number): number => side - length - Math.round((side - length) * 0.5)
  return { x: content.x - before(content.width), y: content.y - before(content.height), side, content }
}

/** The square around the whole picture, with the picture in the middle and a margin as a share of its longer side. */
export function viewWithMargin({ width, height }: RgbImage, margin: number): SquareView {
  const longer = Math.max(width, height)
  const side = longer + 2 * Math.round(longer * margin)
  const content = { x: 0, y: 0, width, height }
  return { x: Math.floor((width - side) / 2), y: Math.floor((height - side) / 2), side, content }
}

/** A box in shares of a view as one in pixels of the picture. */
export const placeShares = (box: Box, { x, y, side }: SquareView): Box => ({
  x: box.x * side + x,
  y: box.y * side + y,
  width: box.width * side,
  height: box.height * side,
})

interface Side {
  readonly start: number
  readonly length: number
  /** What lies outside is black. */
  readonly from: number
  readonly to: number
}

/** The pixel before and the one after, without a half-pixel shift. */
function planNeighbours({ start, length, from, to }: Side, side: number): Taps {
  const starts = new Int32Array(side + 1)
  const pixels: number[] = []
  const weights: number[] = []
  const add = (offset: number, weight: number): void => {
    const pixel = start + offset
    if (pixel < from || pixel >= to) return
    pixels.push(pixel)
    weights.push(weight)
  }
  for (let out = 0; out < side; out++) {
    const source = out * (length / side)
    const share = Math.fround(source - Math.floor(source))
    add(Math.floor(source), 1 - share)
    add(Math.min(length - 1, Math.ceil(source)), share)
    starts[out + 1] = pixels.length
  }
  return { starts, pixels: Int32Array.from(pixels), weights: Float64Array.from(weights) }
}

/** A triangle as wide as what becomes one pixel to either side, so that nothing aliases where the side shrinks. */
function planSmoothly({ start, length, from, to }: Side, side: number): Taps {
  const scale = length / side
  const stretch = Math.max(1, scale)
  const starts = new Int32Array(side + 1)
  const pixels: number[] = []
  const weights: number[] = []
  for (let out = 0; out < side; out++) {
    const centre = start + (out + 0.5) * scale - 0.5
    const last = Math.floor(centre + stretch)
    let total = 0
    const begin = pixels.length
    for (let pixel = Math.ceil(centre - stretch); pixel <= last; pixel++) {
      const weight = 1 - Math.abs(pixel - centre) / stretch
      total += weight
      if (pixel < from || pixel >= to) continue
      pixels.push(pixel)
      weights.push(weight)
    }
    for (let tap = begin; tap < weights.length; tap++) weights[tap]! /= total
    starts[out + 1] = pixels.length
  }
  return { starts, pixels: Int32Array.from(pixels), weights: Float64Array.from(weights) }
}

type Plan = (along: Side, side: number) => Taps

function drawSquare(
  { width, height, data }: RgbImage,
  view: SquareView,
  { side, plan }: { side: number; plan: Plan },
): Float32Array {
  const { x, y, side: length, content } = view
  const across = plan(
    { start: x, length, from: Math.max(0, content.x), to: Math.min(width, content.x + content.width) },
    side,
  )
  const down = plan(
    { start: y, length, from: Math.max(0, content.y), to: Math.min(height, content.y + content.height) },
    side,
  )
  const plane = side * side
  const square = new Float32Array(3 * plane)
  resample({ width, height, data }, { across, down, between: 'float64' }, (row, at) => {
    for (let column = 0, read = 0; column < side; column++) {
      const write = at * side + column
      square[write] = row[read++] ?? 0
      square[plane + write] = row[read++] ?? 0
      square[2 * plane + write] = row[read++] ?? 0
    }
  })
  return square
}

/**
 * Resizes a square view to `[3, side, side]`, 0-255, bilinear without a half-pixel shift and without smoothing: TensorFlow's
 * `resizeBilinear`, which face-api's networks were made for.
 */
export const sampleSquare = (picture: RgbImage, view: SquareView, side: number): Float32Array =>
  drawSquare(picture, view, { side, plan: planNeighbours })

/** Resizes a square view to `[3, side, side]`, 0-255, smoothing what shrinks: in hard prints every fifth pixel shows no face. */
export const shrinkSquare = (picture: RgbImage, view: SquareView, side: number): Float32Array =>
  drawSquare(picture, view, { side, plan: planSmoothly })

/** The mean of every square of `factor` pixels a side; what is left over at the right and below is dropped. */
export function averageBlocks(picture: RgbImage, factor: number): RgbImage {
  const [width, height] = [Math.floor(picture.width / factor), Math.floor(picture.height / factor)]
  const data = new Uint8Array(width * height * 3)
  const sums = new Uint32Array(width * 3)
  for (let row = 0; row < height; row++) {
    sums.fill(0)
    for (let inner = 0; inner < factor; inner++) {
      let read = (row * factor + inner) * picture.width * 3
      for (let write = 0; write < sums.length; write += 3)
        for (let column = 0; column < factor; column++) {
          sums[write]! += picture.data[read++] ?? 0
          sums[write + 1]! += picture.data[read++] ?? 0
          sums[write + 2]! += picture.data[read++] ?? 0
        }
    }
    for (let at = 0; at < sums.length; at++)
      data[row * sums.length + at] = Math.round((sums[at] ?? 0) / factor ** 2)
  }
  return { width, height, data }
}
