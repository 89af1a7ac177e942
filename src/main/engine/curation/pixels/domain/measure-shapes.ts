import type { GreyImage } from '#engine/base/media/domain/rgb-image.ts'

/** Places along each side: grain is averaged away, a face is not. */
const places = 16

/** Mean levels of a grid, row by row. */
function averageGrid({ width, height, data }: GreyImage): Float64Array {
  const sums = new Float64Array(places * places)
  const counts = new Float64Array(places * places)
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.floor((y * places) / height) * places
    for (let x = 0; x < width; x++, at++) {
      const place = row + Math.floor((x * places) / width)
      sums[place]! += data[at] ?? 0
      counts[place]! += 1
    }
  }
  // A picture narrower than the grid leaves places empty.
  const mean = sums.reduce((total, sum) => total + sum, 0) / Math.max(1, data.length)
  return sums.map((sum, place) => (counts[place] === 0 ? mean : sum / (counts[place] ?? 1)))
}

/** Legendre polynomials of degree 0 to 2 at the places, made orthogonal on them. */
const basis: readonly Float64Array[] = ((): Float64Array[] => {
  const flat = new Float64Array(places).fill(1)
  const slope = Float64Array.from({ length: places }, (_, at) => (2 * at + 1) / places - 1)
  const square = slope.map((value) => value * value)
  const mean = square.reduce((sum, value) => sum + value, 0) / places
  return [flat, slope, square.map((value) => value - mean)]
})()

/**
 * `shapes`: grey levels by which the picture departs from an even light that falls off smoothly (root mean square over a grid of
 * means, after the best surface of degree 2): near 0 where it shows nothing, whatever its grain, vignette or brightness.
 */
export function measureShapes(grey: GreyImage) {
  const rest = averageGrid(grey)
  for (const down of [0, 1, 2]) {
    for (const across of [0, 1, 2].slice(0, 3 - down)) {
      const surface = rest.map(
        (_, at) => (basis[down]?.[Math.floor(at / places)] ?? 0) * (basis[across]?.[at % places] ?? 0),
      )
      const norm = surface.reduce((sum, value) => sum + value * value, 0)
      const share = rest.reduce((sum, value, at) => sum + value * (surface[at] ?? 0), 0) / norm
      for (let at = 0; at < rest.length; at++) rest[at]! -= share * (surface[at] ?? 0)
    }
  }
  return { shapes: Math.sqrt(rest.reduce((sum, value) => sum + value * value, 0) / rest.length) }
}
