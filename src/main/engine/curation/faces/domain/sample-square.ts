import type { Box } from './geometry.ts'

/** An upright picture, `[height, width, 3]`, red, green, blue. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

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

interface Taps {
  /** Pixel before and after, in the picture's numbers; -1 is black. */
  readonly low: Int32Array
  readonly high: Int32Array
  readonly share: Float32Array
}

function planTaps(
  view: { start: number; side: number },
  inside: { from: number; to: number },
  side: number,
): Taps {
  const low = new Int32Array(side)
  const high = new Int32Array(side)
  const share = new Float32Array(side)
  const find = (offset: number): number => {
    const at = view.start + offset
    return at >= inside.from && at < inside.to ? at : -1
  }
  const scale = view.side / side
  for (let out = 0; out < side; out++) {
    const source = out * scale
    const floor = Math.floor(source)
    low[out] = find(floor)
    high[out] = find(Math.min(view.side - 1, Math.ceil(source)))
    share[out] = source - floor
  }
  return { low, high, share }
}

/**
 * Resizes a square view to `[3, side, side]`, 0-255, bilinear without a half-pixel shift and without smoothing: TensorFlow's
 * `resizeBilinear`, which the face networks were made for.
 */
export function sampleSquare(picture: Picture, view: SquareView, side: number): Float32Array {
  const { content } = view
  const columns = planTaps(
    { start: view.x, side: view.side },
    { from: Math.max(0, content.x), to: Math.min(picture.width, content.x + content.width) },
    side,
  )
  const rows = planTaps(
    { start: view.y, side: view.side },
    { from: Math.max(0, content.y), to: Math.min(picture.height, content.y + content.height) },
    side,
  )
  const { data, width } = picture
  const plane = side * side
  const square = new Float32Array(3 * plane)
  for (let row = 0; row < side; row++) {
    const top = rows.low[row] ?? -1
    const bottom = rows.high[row] ?? -1
    if (top < 0 && bottom < 0) continue
    const down = rows.share[row] ?? 0
    const topWeight = top < 0 ? 0 : 1 - down
    const bottomWeight = bottom < 0 ? 0 : down
    const topRow = Math.max(0, top) * width
    const bottomRow = Math.max(0, bottom) * width
    for (let column = 0; column < side; column++) {
      const left = columns.low[column] ?? -1
      const right = columns.high[column] ?? -1
      if (left < 0 && right < 0) continue
      const across = columns.share[column] ?? 0
      const leftWeight = left < 0 ? 0 : 1 - across
      const rightWeight = right < 0 ? 0 : across
      const leftAt = Math.max(0, left)
      const rightAt = Math.max(0, right)
      const at = row * side + column
      for (let colour = 0; colour < 3; colour++) {
        const upper =
          (data[(topRow + leftAt) * 3 + colour] ?? 0) * leftWeight +
          (data[(topRow + rightAt) * 3 + colour] ?? 0) * rightWeight
        const lower =
          (data[(bottomRow + leftAt) * 3 + colour] ?? 0) * leftWeight +
          (data[(bottomRow + rightAt) * 3 + colour] ?? 0) * rightWeight
        square[colour * plane + at] = upper * topWeight + lower * bottomWeight
      }
    }
  }
  return square
}
