import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Neighbour } from '#engine/curation/vectors/nearest.ts'
import { createHnswIndex, hnswThreads, searchHnsw, type HnswIndex } from './adapters/hnsw-index.ts'

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
  /** Nearest first; approximate. */
  search(vector: Float32Array, k: number): Neighbour[]
}

export interface VectorIndexStore {
  /** Loads the index of a space, or builds and keeps it. */
  open(space: IndexedSpace): Promise<VectorIndex>
}

/** One image is asked after, and somebody looks at the answer: a broad search costs nothing. */
const options = { searchBreadth: 256 } as const

const wrap = (index: HnswIndex): VectorIndex => ({
  search: (vector, k) =>
    (searchHnsw(index, vector, k)[0] ?? []).map(({ key, distance }) => ({ imageId: key, distance })),
})

/** An index that was cut short is no index: it is built again. */
function load(path: string, { dimensions, count }: IndexedSpace): HnswIndex | null {
  const index = createHnswIndex(dimensions, options)
  try {
    index.load(path)
  } catch {
    return null
  }
  return index.size() === count ? index : null
}

async function build(space: IndexedSpace, path: string): Promise<HnswIndex> {
  const index = createHnswIndex(space.dimensions, options)
  for (const [imageId, vector] of space.read()) index.add(BigInt(imageId), vector, hnswThreads)
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
