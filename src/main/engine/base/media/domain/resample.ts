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

export interface Source {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
}

/** What a picture is made of between its two passes. */
export type Between = 'float32' | 'float64'

/** To the nearest byte, halves upwards. */
export function roundToBytes(values: Float64Array): void {
  for (let at = 0; at < values.length; at++) {
    const value = Math.floor((values[at] ?? 0) + 0.5)
    values[at] = value < 0 ? 0 : value > 255 ? 255 : value
  }
}

function narrow(line: Float64Array, between: Between): void {
  if (between === 'float32') for (let at = 0; at < line.length; at++) line[at] = Math.fround(line[at] ?? 0)
}

/** One row of a picture through the taps across it. */
function drawGrey(data: Uint8Array, { starts, pixels, weights }: Taps, line: Float64Array): void {
  for (let x = 0, tap = 0; x < line.length; x++) {
    const end = starts[x + 1] ?? 0
    let grey = 0
    for (; tap < end; tap++) grey += (weights[tap] ?? 0) * (data[pixels[tap] ?? 0] ?? 0)
    line[x] = grey
  }
}

function drawColour(data: Uint8Array, { starts, pixels, weights }: Taps, line: Float64Array): void {
  for (let x = 0, tap = 0, write = 0; write < line.length; x++) {
    const end = starts[x + 1] ?? 0
    let red = 0
    let green = 0
    let blue = 0
    for (; tap < end; tap++) {
      const weight = weights[tap] ?? 0
      const read = (pixels[tap] ?? 0) * 3
      red += weight * (data[read] ?? 0)
      green += weight * (data[read + 1] ?? 0)
      blue += weight * (data[read + 2] ?? 0)
    }
    line[write++] = red
    line[write++] = green
    line[write++] = blue
  }
}

function addScaled(sums: Float64Array, line: Float64Array, weight: number): void {
  for (let at = 0; at < sums.length; at++) sums[at]! += weight * (line[at] ?? 0)
}

const mostTaps = ({ starts }: Taps): number =>
  starts.reduce((most, end, at) => Math.max(most, end - (starts[at - 1] ?? 0)), 1)

/**
 * Draws a picture through taps, columns first and then rows; sums are of 64-bit numbers in the order of the taps.
 * @param writeRow gets each row of the result, `[width, channels]`, in one array that is used again
 */
export function resample(
  { data, width, channels }: Source,
  { across, down, between }: { across: Taps; down: Taps; between: Between },
  writeRow: (row: Float64Array, y: number) => void,
): void {
  const length = (across.starts.length - 1) * channels
  const draw = channels === 1 ? drawGrey : drawColour
  // Rows are drawn when they are first asked for, and kept while the taps down can still reach them.
  const held = Array.from({ length: mostTaps(down) }, () => ({ row: -1, line: new Float64Array(length) }))
  const findLine = (row: number): Float64Array => {
    const slot = held[row % held.length]!
    if (slot.row !== row) {
      slot.row = row
      draw(data.subarray(row * width * channels, (row + 1) * width * channels), across, slot.line)
      narrow(slot.line, between)
    }
    return slot.line
  }
  const sums = new Float64Array(length)
  for (let y = 0; y < down.starts.length - 1; y++) {
    sums.fill(0)
    const end = down.starts[y + 1] ?? 0
    for (let tap = down.starts[y] ?? 0; tap < end; tap++) {
      addScaled(sums, findLine(down.pixels[tap] ?? 0), down.weights[tap] ?? 0)
    }
    writeRow(sums, y)
  }
}
