/** Points in one space. */
export interface Vectors {
  readonly dimensions: number
  /** `[points, dimensions]` row by row. */
  readonly values: Float32Array
}

/** The nearest other points of every point, nearest first. */
export interface NeighbourLists {
  readonly k: number
  /** `[points, k]` index of a point, -1 where there are fewer. */
  readonly points: Int32Array
  /** `[points, k]` Euclidean, Infinity where there are fewer. */
  readonly distances: Float32Array
}

export interface Neighbours {
  readonly all: NeighbourLists
  /** Among the points of the same label alone; empty for points without one. */
  readonly sameLabel: NeighbourLists
}

const tile = 64
const step = 4

class ListBuilder implements NeighbourLists {
  readonly k: number
  readonly points: Int32Array
  readonly distances: Float32Array

  constructor(points: number, k: number) {
    this.k = k
    this.points = new Int32Array(points * k).fill(-1)
    this.distances = new Float32Array(points * k).fill(Infinity)
  }

  /** Equal distances stay in the order they are offered in. */
  offer(point: number, other: number, distance: number): void {
    const { k, distances, points } = this
    const first = point * k
    let at = first + k - 1
    if (distance >= (distances[at] ?? 0)) return
    for (; at > first && distance < (distances[at - 1] ?? 0); at--) {
      distances[at] = distances[at - 1] ?? 0
      points[at] = points[at - 1] ?? -1
    }
    distances[at] = distance
    points[at] = other
  }
}

function measureNorms({ values, dimensions }: Vectors): Float64Array {
  const norms = new Float64Array(values.length / dimensions)
  for (let at = 0; at < values.length; at++) {
    const point = Math.floor(at / dimensions)
    norms[point] = (norms[point] ?? 0) + (values[at] ?? 0) ** 2
  }
  return norms
}

/** Scalar products of `tile` points from `row` on with `tile` points from `column` on; four by four stay in registers. */
function multiplyTile(
  padded: Float32Array,
  dimensions: number,
  at: { row: number; column: number; out: Float64Array },
): void {
  const { row, column, out } = at
  for (let i = 0; i < tile; i += step) {
    for (let j = 0; j < tile; j += step) {
      // prettier-ignore
      let a0 = 0, a1 = 0, a2 = 0, a3 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0

      // prettier-ignore
      let c0 = 0, c1 = 0, c2 = 0, c3 = 0, d0 = 0, d1 = 0, d2 = 0, d3 = 0
      let p = (row + i) * dimensions
      let q = (column + j) * dimensions
      for (const end = p + dimensions; p < end; p++, q++) {
        const a = padded[p] ?? 0
        const b = padded[p + dimensions] ?? 0
        const c = padded[p + 2 * dimensions] ?? 0
        const d = padded[p + 3 * dimensions] ?? 0
        const w = padded[q] ?? 0
        const x = padded[q + dimensions] ?? 0
        const y = padded[q + 2 * dimensions] ?? 0
        const z = padded[q + 3 * dimensions] ?? 0
        a0 += a * w
        a1 += a * x
        a2 += a * y
        a3 += a * z
        b0 += b * w
        b1 += b * x
        b2 += b * y
        b3 += b * z
        c0 += c * w
        c1 += c * x
        c2 += c * y
        c3 += c * z
        d0 += d * w
        d1 += d * x
        d2 += d * y
        d3 += d * z
      }
      out.set([a0, a1, a2, a3], i * tile + j)
      out.set([b0, b1, b2, b3], (i + 1) * tile + j)
      out.set([c0, c1, c2, c3], (i + 2) * tile + j)
      out.set([d0, d1, d2, d3], (i + 3) * tile + j)
    }
  }
}

/**
 * The k nearest other points of each, by Euclidean distance and without approximation: products tile by tile, each pair
 * looked at once. Time grows with the square of the points: about half a minute for 20,000 of 128 numbers.
 *
 * @param labels `[points]` -1 where a point has none
 * @param groups `[points]` of which no two points are neighbours; all are where left out
 * @param onTiles is told after each row of tiles how many points are done; may throw to stop
 */
export function findNeighbours(
  vectors: Vectors,
  {
    k,
    labels,
    groups,
    onTiles,
  }: { k: number; labels: Int32Array; groups?: Int32Array; onTiles: (done: number) => void },
): Neighbours {
  const { dimensions, values } = vectors
  const points = labels.length
  const norms = measureNorms(vectors)
  const padded = new Float32Array(Math.ceil(points / tile) * tile * dimensions)
  padded.set(values)
  const all = new ListBuilder(points, k)
  const sameLabel = new ListBuilder(points, k)
  const products = new Float64Array(tile * tile)
  for (let row = 0; row < points; row += tile) {
    for (let column = row; column < points; column += tile) {
      multiplyTile(padded, dimensions, { row, column, out: products })
      for (let i = row; i < Math.min(points, row + tile); i++) {
        for (let j = Math.max(column, i + 1); j < Math.min(points, column + tile); j++) {
          if (groups !== undefined && groups[i] === groups[j]) continue
          const product = products[(i - row) * tile + j - column] ?? 0
          const distance = Math.sqrt(Math.max(0, (norms[i] ?? 0) + (norms[j] ?? 0) - 2 * product))
          all.offer(i, j, distance)
          all.offer(j, i, distance)
          if (labels[i] === -1 || labels[i] !== labels[j]) continue
          sameLabel.offer(i, j, distance)
          sameLabel.offer(j, i, distance)
        }
      }
    }
    onTiles(Math.min(points, row + tile))
  }
  return { all, sameLabel }
}
