import type { Point } from '#engine/networks/faces/domain/geometry.ts'
import { averagePoint } from '#engine/networks/faces/domain/geometry.ts'

/** Cells along a side of the frame in which faces lie upon each other. */
export const frameCells = 16

/**
 * Where the middles of the eyes, the tip of the nose and the corners of the mouth come to lie in the frame, in shares of its side: so
 * that hair, ears and chin of most faces lie in it too.
 */
const anchors: readonly Point[] = [
  { x: 0.37, y: 0.42 },
  { x: 0.63, y: 0.42 },
  { x: 0.5, y: 0.58 },
  { x: 0.4, y: 0.71 },
  { x: 0.6, y: 0.71 },
]

/** The same five of the 68 points of a face. Throws RangeError for another number of points. */
function pickAnchors(points: readonly Point[]): Point[] {
  if (points.length !== 68) throw new RangeError(`A face has 68 points, and not ${points.length}`)
  const at = (from: number, to: number): Point => averagePoint(points.slice(from, to))
  return [at(36, 42), at(42, 48), at(30, 31), at(48, 49), at(54, 55)]
}

/** `x' = a x - b y + x0`, `y' = b x + a y + y0` */
export interface Similarity {
  readonly a: number
  readonly b: number
  readonly x0: number
  readonly y0: number
}

/**
 * The similarity, without a reflection, that brings points nearest to others by least squares (Umeyama 1991, for the plane); null
 * where all points are one.
 */
export function fitSimilarity(from: readonly Point[], to: readonly Point[]): Similarity | null {
  const [middle, target] = [averagePoint(from), averagePoint(to)]
  let [along, across, size] = [0, 0, 0]
  from.forEach((point, at) => {
    const [x, y] = [point.x - middle.x, point.y - middle.y]
    const other = to[at] ?? target
    const [u, v] = [other.x - target.x, other.y - target.y]
    along += x * u + y * v
    across += x * v - y * u
    size += x * x + y * y
  })
  if (size === 0) return null
  const [a, b] = [along / size, across / size]
  return { a, b, x0: target.x - a * middle.x + b * middle.y, y0: target.y - b * middle.x - a * middle.y }
}

interface Grid {
  readonly values: ArrayLike<number>
  readonly rows: number
  readonly columns: number
}

/** The value between the middles of a grid's cells, as `drawCells` draws it. @param x in shares of the side, as `y` */
function readBetween({ values, rows, columns }: Grid, x: number, y: number): number {
  const place = (share: number, cells: number) => {
    const at = Math.min(cells - 1, Math.max(0, share * cells - 0.5))
    const first = Math.floor(at)
    return { first, second: Math.min(cells - 1, first + 1), rest: at - first }
  }
  const [across, down] = [place(x, columns), place(y, rows)]
  const read = (row: number) =>
    (values[row * columns + across.first] ?? 0) * (1 - across.rest) +
    (values[row * columns + across.second] ?? 0) * across.rest
  return read(down.first) * (1 - down.rest) + read(down.second) * down.rest
}

/**
 * A map of one picture in the frame of all faces, `[frameCells, frameCells]`, in units of the mean size of the picture's map: 1 is what
 * an average place of it counts. NaN where the frame lies beyond the picture.
 * @param points The face's 68 points, in pixels of the square that the network saw, `size` pixels a side.
 * @returns null where the map is 0 everywhere, or where the points have no extent
 */
export function alignMap(map: Grid, points: readonly Point[], size: number): Float32Array | null {
  const back = fitSimilarity(anchors, pickAnchors(points))
  let sum = 0
  for (let at = 0; at < map.values.length; at++) sum += Math.abs(map.values[at] ?? 0)
  const mean = sum / map.values.length
  if (back === null || !(mean > 0)) return null
  const { a, b, x0, y0 } = back
  return Float32Array.from({ length: frameCells * frameCells }, (_, cell) => {
    const u = ((cell % frameCells) + 0.5) / frameCells
    const v = (Math.floor(cell / frameCells) + 0.5) / frameCells
    const [x, y] = [(a * u - b * v + x0) / size, (b * u + a * v + y0) / size]
    return x < 0 || x > 1 || y < 0 || y > 1 ? Number.NaN : readBetween(map, x, y) / mean
  })
}
