import { UMAP } from 'umap-js'
import { createRandom, type Random } from '#engine/base/kernel/random.ts'
import {
  findNeighbours,
  type NeighbourLists,
  type Vectors,
} from '#engine/curation/vectors/domain/nearest-neighbours.ts'
import { mapVersion, neighbourCount } from './map-task.ts'
import { loadIndexSearch } from '#engine/curation/vectors/load-index-search.ts'

const minDistance = 0.1
/** Nearest fitted images between which another one stands. */
const anchors = 5

export interface MapProgress {
  readonly phase: string
  readonly done: number
  readonly total: number
}

export interface MapLayout {
  /** `[points]` each */
  readonly x: Float64Array
  readonly y: Float64Array
}

interface LayoutOptions {
  readonly seed: number
  readonly mostFitted: number
  /** May throw to stop. */
  readonly report: (progress: MapProgress) => void
}

const rowsOf = ({ values, dimensions }: Vectors, points: Int32Array): Vectors => {
  const some = new Float32Array(points.length * dimensions)
  points.forEach((point, at) =>
    some.set(values.subarray(point * dimensions, (point + 1) * dimensions), at * dimensions),
  )
  return { values: some, dimensions }
}

/** Neighbours as the library wants them, each point first among its own. */
function listWithSelf(lists: NeighbourLists, points: number): { indices: number[][]; distances: number[][] } {
  const slice = (array: Int32Array | Float32Array, point: number): number[] => [
    ...array.subarray(point * lists.k, (point + 1) * lists.k),
  ]
  const all = Array.from({ length: points }, (_, point) => point)
  return {
    indices: all.map((point) => [point, ...slice(lists.points, point)]),
    distances: all.map((point) => [0, ...slice(lists.distances, point)]),
  }
}

function fit(vectors: Vectors, random: Random, report: LayoutOptions['report']): number[][] {
  const points = vectors.values.length / vectors.dimensions
  const { all } = findNeighbours(vectors, {
    k: neighbourCount - 1,
    labels: new Int32Array(points).fill(-1),
    onTiles: (done) => report({ phase: 'Comparing images', done, total: points }),
  })
  const { indices, distances } = listWithSelf(all, points)
  const umap = new UMAP({ nNeighbors: neighbourCount, minDist: minDistance, random: () => random.float() })
  umap.setPrecomputedKNN(indices, distances)
  // With the neighbours given, the library looks at nothing of the points but their number.
  const epochs = umap.initializeFit(Array.from({ length: points }, () => []))
  for (let epoch = 1; epoch <= epochs; epoch++) {
    umap.step()
    report({ phase: 'Laying out', done: epoch, total: epochs })
  }
  return umap.getEmbedding()
}

/** Weighted mean of the nearest fitted points' places: UMAP's own start for points that come later. */
function placeOther(lists: NeighbourLists, point: number, fitted: readonly number[][]): [number, number] {
  let [x, y, total] = [0, 0, 0]
  for (let at = point * lists.k; at < (point + 1) * lists.k; at++) {
    const place = fitted[lists.points[at] ?? -1]
    if (place === undefined) continue
    const weight = 1 / Math.max(lists.distances[at] ?? Infinity, 1e-6)
    x += weight * (place[0] ?? 0)
    y += weight * (place[1] ?? 0)
    total += weight
  }
  return [x / total, y / total]
}

/**
 * UMAP (McInnes, Healy & Melville 2018) in two dimensions over exact neighbours. More points than `mostFitted` are sampled by
 * the seed; the others stand between the five fitted points nearest to them. The same vectors and seed give the same map.
 */
export async function layOut(
  vectors: Vectors,
  { seed, mostFitted: limit, report }: LayoutOptions,
): Promise<MapLayout> {
  const points = vectors.values.length / vectors.dimensions
  const random = createRandom(seed, ['map', mapVersion])
  const order = random.shuffle(Int32Array.from({ length: points }, (_, point) => point))
  const sampled = (points <= limit ? order : order.slice(0, limit)).sort()
  const fittedVectors = rowsOf(vectors, sampled)
  const fitted = fit(fittedVectors, random, report)
  const layout = { x: new Float64Array(points), y: new Float64Array(points) }
  const place = (point: number, [x = 0, y = 0]: readonly number[]): void => {
    layout.x[point] = x
    layout.y[point] = y
  }
  sampled.forEach((point, at) => place(point, fitted[at] ?? []))
  const others = points <= limit ? new Int32Array(0) : order.slice(limit).sort()
  if (others.length === 0) return layout
  const search = await loadIndexSearch()
  const lists = search(fittedVectors, {
    k: anchors,
    labels: new Int32Array(sampled.length).fill(-1),
    queries: rowsOf(vectors, others),
    onPoints: (done) => report({ phase: 'Placing the others', done, total: others.length }),
  }).all
  others.forEach((point, at) => place(point, placeOther(lists, at, fitted)))
  return layout
}
