import type { PixelImage } from './pixel-image.ts'

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
const rootOf = (t: number): number => cube[Math.min(steps, Math.round(t * steps))] ?? 0

/** Chroma noise of JPEG lives in blocks of a few pixels: colour is judged on averages over about 50 x 50 cells. */
const cells = 50

interface LabGrid {
  readonly lightness: Float64Array
  readonly a: Float64Array
  readonly b: Float64Array
}

/** CIELAB (D65) of cell averages in linear light. */
function averageLab({ width, height, data }: PixelImage): LabGrid {
  const columns = Math.min(width, cells)
  const rows = Math.min(height, cells)
  const sums = new Float64Array(columns * rows * 3)
  const counts = new Uint32Array(columns * rows)
  const columnOf = Int32Array.from({ length: width }, (_, x) => Math.floor((x * columns) / width))
  for (let y = 0, read = 0; y < height; y++) {
    const row = Math.floor((y * rows) / height) * columns
    for (let x = 0; x < width; x++, read += 3) {
      const cell = row + (columnOf[x] ?? 0)
      sums[cell * 3]! += linear[data[read] ?? 0] ?? 0
      sums[cell * 3 + 1]! += linear[data[read + 1] ?? 0] ?? 0
      sums[cell * 3 + 2]! += linear[data[read + 2] ?? 0] ?? 0
      counts[cell]! += 1
    }
  }
  const grid = {
    lightness: new Float64Array(counts.length),
    a: new Float64Array(counts.length),
    b: new Float64Array(counts.length),
  }
  for (let cell = 0; cell < counts.length; cell++) {
    const n = counts[cell] ?? 1
    const red = (sums[cell * 3] ?? 0) / n
    const green = (sums[cell * 3 + 1] ?? 0) / n
    const blue = (sums[cell * 3 + 2] ?? 0) / n
    const x = rootOf((0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047)
    const y = rootOf(0.2126729 * red + 0.7151522 * green + 0.072175 * blue)
    const z = rootOf((0.0193339 * red + 0.119192 * green + 0.9503041 * blue) / 1.08883)
    grid.lightness[cell] = 116 * y - 16
    grid.a[cell] = 500 * (x - y)
    grid.b[cell] = 200 * (y - z)
  }
  return grid
}

const lightnessBins = 20

function percentile(values: Float64Array, share: number): number {
  const sorted = values.toSorted()
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0
}

/**
 * Colour in CIELAB. `chroma`: 95th percentile of sqrt(a^2 + b^2). `hueSpread`: 95th percentile of the distance of (a, b)
 * from the mean of its own lightness: in a black-and-white, sepia or tinted print the colour follows from the lightness
 * alone, so this is near 0 whatever the tint. `tintA`, `tintB`: the mean colour. `cast`: the 10th percentile of the part
 * of (a, b) along it, over what is neither black nor burnt out: above 0 where even the greyest places have that colour.
 */
export function measureColour(image: PixelImage) {
  const { lightness, a, b } = averageLab(image)
  const n = lightness.length
  const binOf = (cell: number): number =>
    Math.min(lightnessBins - 1, Math.max(0, Math.floor(((lightness[cell] ?? 0) / 100) * lightnessBins)))
  const sums = Array.from({ length: lightnessBins }, () => ({ a: 0, b: 0, n: 0 }))
  const chroma = new Float64Array(n)
  let sumA = 0
  let sumB = 0
  for (let cell = 0; cell < n; cell++) {
    const [cellA, cellB] = [a[cell] ?? 0, b[cell] ?? 0]
    const sum = sums[binOf(cell)]
    if (sum !== undefined) {
      sum.a += cellA
      sum.b += cellB
      sum.n += 1
    }
    chroma[cell] = Math.hypot(cellA, cellB)
    sumA += cellA
    sumB += cellB
  }
  const residual = Float64Array.from(lightness, (_, cell) => {
    const sum = sums[binOf(cell)]
    return sum === undefined ? 0 : Math.hypot((a[cell] ?? 0) - sum.a / sum.n, (b[cell] ?? 0) - sum.b / sum.n)
  })
  const tintA = sumA / n
  const tintB = sumB / n
  return {
    chroma: percentile(chroma, 0.95),
    hueSpread: percentile(residual, 0.95),
    tintA,
    tintB,
    cast: findCast({ lightness, a, b }, tintA, tintB),
  }
}

/** Lightness below which colour is noise, and above which it is clipped. */
const [blackBelow, burntAbove] = [15, 97]

function findCast({ lightness, a, b }: LabGrid, tintA: number, tintB: number): number {
  const length = Math.hypot(tintA, tintB)
  if (length === 0) return 0
  const along: number[] = []
  lightness.forEach((value, cell) => {
    if (value < blackBelow || value > burntAbove) return
    along.push(((a[cell] ?? 0) * tintA + (b[cell] ?? 0) * tintB) / length)
  })
  return along.length === 0 ? 0 : percentile(Float64Array.from(along), 0.1)
}
