import type { GreyImage } from '#engine/base/media/domain/rgb-image.ts'

/** Places along each side: grain is averaged away, a face is not. */
const places = 16

/** Where each stretch of a side begins, and last the side itself. */
const divideSide = (side: number): Int32Array =>
  Int32Array.from({ length: places + 1 }, (_, place) => Math.ceil((place * side) / places))

/** Mean levels of a grid, row by row. */
function averageGrid({ width, height, data }: GreyImage): Float64Array {
  const sums = new Float64Array(places * places)
  const [lefts, tops] = [divideSide(width), divideSide(height)]
  let all = 0
  for (let row = 0; row < places; row++) {
    for (let y = tops[row] ?? 0; y < (tops[row + 1] ?? 0); y++) {
      for (let column = 0; column < places; column++) {
        let sum = 0
        const end = y * width + (lefts[column + 1] ?? 0)
        for (let at = y * width + (lefts[column] ?? 0); at < end; at++) sum += data[at] ?? 0
        sums[row * places + column]! += sum
        all += sum
      }
    }
  }
  // A picture narrower than the grid leaves places empty.
  const mean = all / Math.max(1, data.length)
  return sums.map((sum, place) => {
    const [row, column] = [Math.floor(place / places), place % places]
    const [across, down] = [
      (lefts[column + 1] ?? 0) - (lefts[column] ?? 0),
      (tops[row + 1] ?? 0) - (tops[row] ?? 0),
    ]
    return across * down === 0 ? mean : sum / (across * down)
  })
}

/** Legendre polynomials of degree 0 to 2 at the places, made orthogonal on them. */
const basis: readonly Float64Array[] = ((): Float64Array[] => {
  const flat = new Float64Array(places).fill(1)
  const slope = Float64Array.from({ length: places }, (_, at) => (2 * at + 1) / places - 1)
  const square = slope.map((value) => value * value)
  const mean = square.reduce((sum, value) => sum + value, 0) / places
  return [flat, slope, square.map((value) => value - mean)]
})()

/** The surfaces of degree 0 to 2 over the grid, each of length 1. */
const surfaces: readonly Float64Array[] = [0, 1, 2].flatMap((down) =>
  [0, 1, 2].slice(0, 3 - down).map((across) => {
    const surface = Float64Array.from(
      { length: places * places },
      (_, at) => (basis[down]?.[Math.floor(at / places)] ?? 0) * (basis[across]?.[at % places] ?? 0),
    )
    const length = Math.sqrt(surface.reduce((sum, value) => sum + value * value, 0))
    return surface.map((value) => value / length)
  }),
)

/**
 * `shapes`: grey levels by which the picture departs from an even light that falls off smoothly (root mean square over a grid of
 * means, after the best surface of degree 2): near 0 where it shows nothing, whatever its grain, vignette or brightness.
 */
export function measureShapes(grey: GreyImage) {
  const rest = averageGrid(grey)
  for (const surface of surfaces) {
    let share = 0
    for (let at = 0; at < rest.length; at++) share += (rest[at] ?? 0) * (surface[at] ?? 0)
    for (let at = 0; at < rest.length; at++) rest[at]! -= share * (surface[at] ?? 0)
  }
  return { shapes: Math.sqrt(rest.reduce((sum, value) => sum + value * value, 0) / rest.length) }
}
