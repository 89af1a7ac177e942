import { BatchMatches, Index, MetricKind, ScalarKind } from 'usearch'

export type HnswIndex = Index

/** One thread: several insert in an order of chance, and the index with them would differ from run to run. */
export const hnswThreads = 1

/** Neighbours of a node, and candidates looked at while building: above the defaults, since a missed neighbour shows. */
const shape = { connectivity: 16, expansion_add: 128 } as const

/**
 * An empty index of float32 vectors by Euclidean distance (HNSW, Malkov and Yashunin 2018; usearch).
 *
 * @param options `searchBreadth` is how many candidates a search looks at: more miss less and take longer
 */
export const createHnswIndex = (
  dimensions: number,
  { searchBreadth }: { readonly searchBreadth: number },
): HnswIndex =>
  new Index({
    dimensions,
    metric: MetricKind.L2sq,
    quantization: ScalarKind.F32,
    multi: false,
    ...shape,
    expansion_search: searchBreadth,
  })

interface Match {
  readonly key: number
  /** Euclidean. */
  readonly distance: number
}

/**
 * The nearest entries to each of some vectors, nearest first; approximate.
 *
 * @param queries `[n, dimensions]` row by row
 * @returns `[n]` lists of up to `k`
 */
export function searchHnsw(index: HnswIndex, queries: Float32Array, k: number): Match[][] {
  const wanted = Math.min(k, index.size())
  const answer = index.search(queries, wanted, hnswThreads)
  return Array.from({ length: queries.length / index.dimensions() }, (_, row) => {
    // One query alone is answered by its matches, several by a batch of them.
    const { keys, distances } = answer instanceof BatchMatches ? answer.get(row) : answer
    return Array.from(keys, (key, at) => ({
      key: Number(key),
      distance: Math.sqrt(Math.max(0, distances[at] ?? 0)),
    }))
  })
}
