import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Index, MetricKind, ScalarKind } from 'usearch'
import type { Neighbour } from '#engine/faces/domain/nearest.ts'

/** What an index is of. */
interface IndexedSpace {
  readonly cacheFolder: string
  readonly spaceId: number
  /** An index of another revision is old. */
  readonly revision: number
  readonly dimensions: number
  readonly count: number
  readonly read: () => Iterable<readonly [imageId: number, vector: Float32Array]>
}

interface VectorIndex {
  /** Nearest first; approximate (HNSW, Malkov and Yashunin 2018). */
  search(vector: Float32Array, k: number): Neighbour[]
}

export interface VectorIndexStore {
  /** Loads the index of a space, or builds and keeps it. */
  open(space: IndexedSpace): Promise<VectorIndex>
}

/** Neighbours of a node and breadth of the searches, well above the defaults: a missed neighbour shows on screen. */
const shape = { connectivity: 16, expansion_add: 128, expansion_search: 256 } as const
const threads = 1

const createIndex = (dimensions: number): Index =>
  new Index({ dimensions, metric: MetricKind.L2sq, quantization: ScalarKind.F32, multi: false, ...shape })

const wrap = (index: Index): VectorIndex => ({
  search(vector, k) {
    const { keys, distances } = index.search(vector, Math.min(k, index.size()), threads)
    return Array.from(keys, (key, at) => ({
      imageId: Number(key),
      distance: Math.sqrt(Math.max(0, distances[at] ?? 0)),
    }))
  },
})

/** An index that was cut short is no index: it is built again. */
function load(path: string, { dimensions, count }: IndexedSpace): Index | null {
  const index = createIndex(dimensions)
  try {
    index.load(path)
  } catch {
    return null
  }
  return index.size() === count ? index : null
}

async function build(space: IndexedSpace, path: string): Promise<Index> {
  const index = createIndex(space.dimensions)
  for (const [imageId, vector] of space.read()) index.add(BigInt(imageId), vector, threads)
  await mkdir(space.cacheFolder, { recursive: true })
  const unfinished = `${path}.unfinished`
  index.save(unfinished)
  await rename(unfinished, path)
  return index
}

async function dropOlder({ cacheFolder, spaceId }: IndexedSpace, kept: string): Promise<void> {
  const older = (await readdir(cacheFolder)).filter(
    (name) => name.startsWith(`vectors-${spaceId}-`) && name !== kept,
  )
  await Promise.all(older.map((name) => rm(join(cacheFolder, name), { force: true })))
}

/** usearch's indexes, kept as files in the project's cache folder; the last one stays in memory. */
export function createVectorIndexStore(): VectorIndexStore {
  let opened: { readonly path: string; readonly index: VectorIndex } | undefined
  return {
    async open(space) {
      const name = `vectors-${space.spaceId}-${space.revision}.usearch`
      const path = join(space.cacheFolder, name)
      if (opened?.path === path) return opened.index
      const index = load(path, space) ?? (await build(space, path))
      await dropOlder(space, name)
      opened = { path, index: wrap(index) }
      return opened.index
    },
  }
}
