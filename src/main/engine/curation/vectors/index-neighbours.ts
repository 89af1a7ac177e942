import {
  createHnswIndex,
  hnswThreads,
  searchHnsw,
  type HnswIndex,
} from '#engine/curation/vectors/adapters/hnsw-index.ts'
import type {
  NeighbourLists,
  Neighbours,
  Vectors,
} from '#engine/curation/vectors/domain/nearest-neighbours.ts'

/** Queries per call, so that a cancelled scan stops soon. */
const batch = 1000
/** All points ask all indexes: half the breadth of a single search. */
const options = { searchBreadth: 128 } as const

interface Found {
  readonly point: number
  readonly distance: number
}

/** An index over the points of one label. */
function buildIndex(
  { values, dimensions }: Vectors,
  members: readonly number[],
  onBatch: () => void,
): HnswIndex {
  const index = createHnswIndex(dimensions, options)
  for (let from = 0; from < members.length; from += batch) {
    const some = members.slice(from, from + batch)
    const rows = new Float32Array(some.length * dimensions)
    some.forEach((point, at) =>
      rows.set(values.subarray(point * dimensions, (point + 1) * dimensions), at * dimensions),
    )
    index.add(BigUint64Array.from(some, BigInt), rows, hnswThreads)
    onBatch()
  }
  return index
}

/** Beyond so many, members of one group crowd others out of a list: it is then shorter than asked for. */
const mostOfGroup = 64

/** Nearest of an index's points to each of a batch; `isApart` says which of them are wanted for a point. */
function search(
  index: HnswIndex,
  { values, dimensions }: Vectors,
  query: {
    from: number
    to: number
    k: number
    unwanted: number
    isApart: (point: number, other: number) => boolean
  },
): Found[][] {
  const { from, to, k, unwanted, isApart } = query
  const rows = values.slice(from * dimensions, to * dimensions)
  return searchHnsw(index, rows, k + unwanted).map((matches, row) =>
    matches
      .map(({ key, distance }) => ({ point: key, distance }))
      .filter(({ point }) => isApart(from + row, point))
      .slice(0, k),
  )
}

/**
 * As `findNeighbours`, approximately: one HNSW index for each label and one for points without, of which each point asks
 * all. For more points than can be compared pair by pair.
 */
export function searchNeighbours(
  vectors: Vectors,
  {
    k,
    labels,
    groups,
    queries,
    onPoints,
  }: {
    k: number
    labels: Int32Array
    groups?: Int32Array
    /** Other points, whose neighbours among `vectors` are wanted in place of those of the points themselves. */
    queries?: Vectors
    onPoints: (done: number) => void
  },
): Neighbours {
  const asked = queries ?? vectors
  const points = asked.values.length / asked.dimensions
  const make = (): NeighbourLists => ({
    k,
    points: new Int32Array(points * k).fill(-1),
    distances: new Float32Array(points * k).fill(Infinity),
  })
  const [all, sameLabel] = [make(), make()]
  const store = (lists: NeighbourLists, point: number, found: readonly Found[]): void => {
    found.slice(0, k).forEach((one, at) => {
      lists.points[point * k + at] = one.point
      lists.distances[point * k + at] = one.distance
    })
  }
  const byLabel = new Map<number, number[]>()
  labels.forEach((label, point) => {
    const members = byLabel.get(label)
    if (members === undefined) byLabel.set(label, [point])
    else members.push(point)
  })
  const indexes = [...byLabel].map(([label, members]) => ({
    label,
    index: buildIndex(vectors, members, () => onPoints(0)),
  }))
  const isApart = (point: number, other: number): boolean =>
    queries !== undefined || (groups === undefined ? point !== other : groups[point] !== groups[other])
  const unwanted = groups === undefined ? 1 : Math.min(mostOfGroup, measureLargest(groups))
  for (let from = 0; from < points; from += batch) {
    const to = Math.min(points, from + batch)
    const merged: Found[][] = Array.from({ length: to - from }, () => [])
    for (const { label, index } of indexes) {
      search(index, asked, { from, to, k, unwanted, isApart }).forEach((found, row) => {
        merged[row]?.push(...found)
        if (queries === undefined && label !== -1 && labels[from + row] === label)
          store(sameLabel, from + row, found)
      })
    }
    merged.forEach((found, row) =>
      store(
        all,
        from + row,
        found.sort((a, b) => a.distance - b.distance),
      ),
    )
    onPoints(to)
  }
  return { all, sameLabel }
}

/** Points of the largest group. */
function measureLargest(groups: Int32Array): number {
  const sizes = new Map<number, number>()
  let largest = 1
  for (const group of groups) {
    const size = (sizes.get(group) ?? 0) + 1
    sizes.set(group, size)
    largest = Math.max(largest, size)
  }
  return largest
}
