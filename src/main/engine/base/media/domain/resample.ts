import { stripRows } from './loops/loop-memory.ts'
import { useResampleLoops } from './loops/resample-loops.ts'
import type { RgbImage } from './rgb-image.ts'

/** Of which pixels of the old side each one of the new is made, and how much of each. */
export interface Taps {
  /** Where the taps of each begin, and last where they end: `[to + 1]` */
  readonly starts: Int32Array
  /** `[taps]` */
  readonly pixels: Int32Array
  /** `[taps]` */
  readonly weights: Float64Array
}

export interface Filter {
  /** Pixels to either side of the centre that weigh, where nothing is shrunk. */
  readonly reach: number
  /**
   * Weight of a pixel, before all are made to add up to 1. The order of its sums is part of it: stored hashes hang on the last bit.
   * @param at.centre in pixels of the old side, whose centres lie at a half
   * @param at.stretch above 1 where the side shrinks, so that nothing aliases
   */
  readonly weigh: (pixel: number, at: { readonly centre: number; readonly stretch: number }) => number
}

/** Bilinear where nothing shrinks. */
export const triangle: Filter = {
  reach: 1,
  weigh: (pixel, { centre, stretch }) => Math.max(0, 1 - Math.abs((pixel + 0.5 - centre) / stretch)),
}

/** Keys' cubic with a = -0.5 (Keys 1981), as Pillow's BICUBIC. */
export const cubic: Filter = {
  reach: 2,
  weigh: (pixel, { centre, stretch }) => {
    const x = Math.abs((pixel - centre + 0.5) / stretch)
    if (x < 1) return (1.5 * x - 2.5) * x * x + 1
    if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2
    return 0
  },
}

/** Taps of a whole side, which widen with the scale where it shrinks. */
export function planTaps(from: number, to: number, { reach, weigh }: Filter): Taps {
  const scale = from / to
  const stretch = Math.max(scale, 1)
  const support = reach * stretch
  const starts = new Int32Array(to + 1)
  const pixels: number[] = []
  const weights: number[] = []
  for (let out = 0; out < to; out++) {
    const centre = (out + 0.5) * scale
    const low = Math.max(0, Math.floor(centre - support + 0.5))
    const high = Math.min(from, Math.floor(centre + support + 0.5))
    const own: number[] = []
    for (let pixel = low; pixel < high; pixel++) own.push(weigh(pixel, { centre, stretch }))
    const total = own.reduce((sum, weight) => sum + weight, 0)
    own.forEach((weight, tap) => {
      pixels.push(low + tap)
      weights.push(weight / total)
    })
    starts[out + 1] = weights.length
  }
  return { starts, pixels: Int32Array.from(pixels), weights: Float64Array.from(weights) }
}

/** What a picture is made of between its two passes. */
type Between = 'float32' | 'float64'

/** To the nearest byte, halves upwards. */
export function roundToBytes(values: Float64Array): void {
  for (let at = 0; at < values.length; at++) {
    const value = Math.floor((values[at] ?? 0) + 0.5)
    values[at] = value < 0 ? 0 : value > 255 ? 255 : value
  }
}

const mostTaps = ({ starts }: Taps): number =>
  starts.reduce((most, end, at) => Math.max(most, end - (starts[at - 1] ?? 0)), 1)

const channels = 3

interface Passes {
  readonly across: Taps
  readonly down: Taps
  readonly between: Between
}

/**
 * Draws a picture through taps, columns first and then rows; sums are of 64-bit numbers in the order of the taps.
 * @param writeRow gets each row of the result, `[width, 3]`, in one array that is used again
 */
export function resample(
  picture: RgbImage,
  passes: Passes,
  writeRow: (row: Float64Array, y: number) => void,
): void {
  const { across, down, between } = passes
  const to = across.starts.length - 1
  // Only the columns that some tap reads are brought to where the loops work.
  const [first, last] = findReach(across.pixels, picture.width)
  const rowBytes = (last - first) * channels
  const rowsHeld = Math.min(picture.height, stripRows(rowBytes))
  // The loops write one number more, and read lines two numbers at a time.
  const lineBytes = 16 * Math.ceil((to * channels + 1) / 2)
  const lineCount = mostTaps(down)
  useResampleLoops((loops) => {
    const [
      stripAt = 0,
      startsAt = 0,
      offsetsAt = 0,
      weightsAt = 0,
      linesAt = 0,
      chosenAt = 0,
      sharesAt = 0,
      sumsAt = 0,
    ] = loops.reserve([
      rowsHeld * rowBytes,
      across.starts.byteLength,
      across.pixels.byteLength,
      across.weights.byteLength,
      lineCount * lineBytes,
      4 * lineCount,
      8 * lineCount,
      lineBytes,
    ])
    loops.wholesAt(startsAt, across.starts.length).set(across.starts)
    loops
      .wholesAt(offsetsAt, across.pixels.length)
      .set(across.pixels.map((pixel) => (pixel - first) * channels))
    loops.numbersAt(weightsAt, across.weights.length).set(across.weights)
    const strip = loops.bytesAt(stripAt, rowsHeld * rowBytes)
    const chosen = loops.wholesAt(chosenAt, lineCount)
    const shares = loops.numbersAt(sharesAt, lineCount)
    const row = loops.numbersAt(sumsAt, to * channels)
    let [stripFrom, stripTo] = [0, 0]
    const bringRow = (y: number): number => {
      if (y < stripFrom || y >= stripTo) {
        ;[stripFrom, stripTo] = [y, Math.min(picture.height, y + rowsHeld)]
        copyColumns(picture, { first, last, from: stripFrom, to: stripTo }, strip)
      }
      return stripAt + (y - stripFrom) * rowBytes
    }
    // Lines are drawn when they are first asked for, and kept while the taps down can still reach them.
    const drawn = new Int32Array(lineCount).fill(-1)
    const findLine = (y: number): number => {
      const slot = y % lineCount
      const line = linesAt + slot * lineBytes
      if (drawn[slot] !== y) {
        drawn[slot] = y
        loops.drawColour(bringRow(y), startsAt, offsetsAt, weightsAt, to, between === 'float32' ? 1 : 0, line)
      }
      return line
    }
    for (let y = 0; y < down.starts.length - 1; y++) {
      const begin = down.starts[y] ?? 0
      const count = (down.starts[y + 1] ?? 0) - begin
      for (let tap = 0; tap < count; tap++) {
        chosen[tap] = findLine(down.pixels[begin + tap] ?? 0)
        shares[tap] = down.weights[begin + tap] ?? 0
      }
      loops.sumLines(chosenAt, sharesAt, count, to * channels, sumsAt)
      writeRow(row, y)
    }
  })
}

/** The first pixel that a tap reads, and the one after the last. */
function findReach(pixels: Int32Array, width: number): readonly [first: number, last: number] {
  let [first, last] = [width, 0]
  for (const pixel of pixels) {
    if (pixel < first) first = pixel
    if (pixel >= last) last = pixel + 1
  }
  return first < last ? [first, last] : [0, 0]
}

/** Brings some columns of some rows together. */
function copyColumns(
  { width, data }: RgbImage,
  { first, last, from, to }: { first: number; last: number; from: number; to: number },
  target: Uint8Array,
): void {
  if (last - first === width) {
    target.set(data.subarray(from * width * channels, to * width * channels))
    return
  }
  const rowBytes = (last - first) * channels
  for (let y = from; y < to; y++) {
    const begin = (y * width + first) * channels
    target.set(data.subarray(begin, begin + rowBytes), (y - from) * rowBytes)
  }
}
