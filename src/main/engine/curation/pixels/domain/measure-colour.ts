import { pickShare } from './pick-rank.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { listStrips, stripRows } from '#engine/base/media/domain/loops/loop-memory.ts'
import { useLoops } from '#engine/curation/pixels/domain/loops/pixel-loops.ts'

/** sRGB to linear light (IEC 61966-2-1). */
const linear = Float64Array.from({ length: 256 }, (_, level) => {
  const value = level / 255
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
})

/** Of CIELAB's f: 4096 steps over [0, 1] differ from it by less than the rounding of a byte. */
const steps = 4096
const cube = Float64Array.from({ length: steps + 2 }, (_, step) => {
  const t = step / steps
  return t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 / 116) * t + 16 / 116
})

/** Chroma noise of JPEG lives in blocks of a few pixels: colour is judged on averages over about 50 x 50 cells. */
const cells = 50

interface LabGrid {
  readonly lightness: Float64Array
  readonly a: Float64Array
  readonly b: Float64Array
}

/** Where each of `count` stretches of a side begins, and last the side itself. */
const divideSide = (side: number, count: number): Int32Array =>
  Int32Array.from({ length: count + 1 }, (_, cell) => Math.ceil((cell * side) / count))

/** CIELAB (D65) of cell averages in linear light. */
function averageLab({ width, height, data }: RgbImage): LabGrid {
  const columns = Math.min(width, cells)
  const rows = Math.min(height, cells)
  const lefts = divideSide(width, columns)
  const tops = divideSide(height, rows)
  const rowBytes = width * 3
  const planeBytes = 8 * columns * rows
  return useLoops((loops) => {
    const [rgbAt = 0, leftsAt = 0, linearAt = 0, cubeAt = 0, sumsAt = 0, labAt = 0] = loops.reserve([
      Math.min(height, stripRows(rowBytes)) * rowBytes,
      lefts.byteLength,
      linear.byteLength,
      cube.byteLength,
      24 * columns,
      3 * planeBytes,
    ])
    loops.wholesAt(leftsAt, lefts.length).set(lefts)
    loops.numbersAt(linearAt, linear.length).set(linear)
    loops.numbersAt(cubeAt, cube.length).set(cube)
    loops.numbersAt(sumsAt, 3 * columns).fill(0)
    let row = 0
    for (const { from, to } of listStrips({ first: 0, end: height, rowBytes })) {
      loops.bytesAt(rgbAt, (to - from) * rowBytes).set(data.subarray(from * rowBytes, to * rowBytes))
      for (let y = from; y < to;) {
        const [top, bottom] = [tops[row] ?? 0, tops[row + 1] ?? height]
        const end = Math.min(to, bottom)
        loops.addLight(rgbAt + (y - from) * rowBytes, width, end - y, columns, leftsAt, linearAt, sumsAt)
        y = end
        if (end < bottom) continue
        const place = labAt + 8 * columns * row
        loops.writeLab(sumsAt, bottom - top, columns, leftsAt, cubeAt, place, planeBytes)
        row += 1
      }
    }
    const planeAt = (plane: number) => loops.numbersAt(labAt + plane * planeBytes, columns * rows).slice()
    return { lightness: planeAt(0), a: planeAt(1), b: planeAt(2) }
  })
}

const lightnessBins = 20

/** The length of the vectors (a, b) at a share of their order. */
function pickLength(a: Float64Array, b: Float64Array, share: number): number {
  const squares = new Float64Array(a.length)
  for (let cell = 0; cell < squares.length; cell++) {
    const cellA = a[cell] ?? 0
    const cellB = b[cell] ?? 0
    squares[cell] = cellA * cellA + cellB * cellB
  }
  return Math.sqrt(pickShare(squares, share))
}

/** (a, b) less their mean over what is as light. */
function removeTint({ lightness, a, b }: LabGrid): { readonly a: Float64Array; readonly b: Float64Array } {
  const binOf = (value: number): number =>
    Math.min(lightnessBins - 1, Math.max(0, Math.floor((value / 100) * lightnessBins)))
  const bins = new Uint8Array(lightness.length)
  const sums = { a: new Float64Array(lightnessBins), b: new Float64Array(lightnessBins) }
  const counts = new Uint32Array(lightnessBins)
  for (let cell = 0; cell < bins.length; cell++) {
    const bin = binOf(lightness[cell] ?? 0)
    bins[cell] = bin
    sums.a[bin]! += a[cell] ?? 0
    sums.b[bin]! += b[cell] ?? 0
    counts[bin]! += 1
  }
  const rest = { a: new Float64Array(bins.length), b: new Float64Array(bins.length) }
  for (let cell = 0; cell < bins.length; cell++) {
    const bin = bins[cell] ?? 0
    const count = counts[bin] ?? 1
    rest.a[cell] = (a[cell] ?? 0) - (sums.a[bin] ?? 0) / count
    rest.b[cell] = (b[cell] ?? 0) - (sums.b[bin] ?? 0) / count
  }
  return rest
}

/**
 * Colour in CIELAB. `chroma`: 95th percentile of sqrt(a^2 + b^2). `hueSpread`: 95th percentile of the distance of (a, b)
 * from the mean of its own lightness: in a black-and-white, sepia or tinted print the colour follows from the lightness
 * alone, so this is near 0 whatever the tint. `tintA`, `tintB`: the mean colour. `cast`: the 10th percentile of the part
 * of (a, b) along it, over what is neither black nor burnt out: above 0 where even the greyest places have that colour.
 */
export function measureColour(image: RgbImage) {
  const grid = averageLab(image)
  const { a, b } = grid
  let [sumA, sumB] = [0, 0]
  for (let cell = 0; cell < a.length; cell++) {
    sumA += a[cell] ?? 0
    sumB += b[cell] ?? 0
  }
  const [tintA, tintB] = [sumA / a.length, sumB / a.length]
  const rest = removeTint(grid)
  return {
    chroma: pickLength(a, b, 0.95),
    hueSpread: pickLength(rest.a, rest.b, 0.95),
    tintA,
    tintB,
    cast: findCast(grid, tintA, tintB),
  }
}

/** Lightness below which colour is noise, and above which it is clipped. */
const [blackBelow, burntAbove] = [15, 97]

function findCast({ lightness, a, b }: LabGrid, tintA: number, tintB: number): number {
  const length = Math.hypot(tintA, tintB)
  if (length === 0) return 0
  const along = new Float64Array(lightness.length)
  let count = 0
  for (let cell = 0; cell < lightness.length; cell++) {
    const value = lightness[cell] ?? 0
    if (value < blackBelow || value > burntAbove) continue
    along[count++] = ((a[cell] ?? 0) * tintA + (b[cell] ?? 0) * tintB) / length
  }
  return pickShare(along.subarray(0, count), 0.1)
}
