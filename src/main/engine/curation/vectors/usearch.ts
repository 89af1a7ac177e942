import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isWhatItsNameSays, readNamedHash } from '#engine/base/integrity/named-hash.ts'
import { hashFile } from '#engine/base/kernel/hash-file.ts'
import { readSystemErrorCode } from '#engine/base/kernel/system-error.ts'
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

/** Before the SHA-256 of the file, which ends its name. */
const prefixOf = ({ spaceId, revision }: IndexedSpace): string => `vectors-${spaceId}-${revision}-`

async function findIndex(space: IndexedSpace): Promise<string | null> {
  const prefix = prefixOf(space)
  const names = await readdir(space.cacheFolder).catch((error: unknown) => {
    if (readSystemErrorCode(error) === 'ENOENT') return []
    throw error
  })
  const name = names.find((one) => one.startsWith(prefix) && readNamedHash(one) !== null)
  return name === undefined ? null : join(space.cacheFolder, name)
}

/** An index that was cut short or changed is no index: it is built again. */
async function load(path: string, { dimensions, count }: IndexedSpace): Promise<HnswIndex | null> {
  if (!(await isWhatItsNameSays(path))) return null
  const index = createHnswIndex(dimensions, options)
  try {
    index.load(path)
  } catch {
    return null
  }
  return index.size() === count ? index : null
}

async function build(space: IndexedSpace): Promise<{ index: HnswIndex; path: string }> {
  const index = createHnswIndex(space.dimensions, options)
  for (const [imageId, vector] of space.read()) index.add(BigInt(imageId), vector, hnswThreads)
  await mkdir(space.cacheFolder, { recursive: true })
  const unfinished = join(space.cacheFolder, `${prefixOf(space)}unfinished`)
  index.save(unfinished)
  const path = join(space.cacheFolder, `${prefixOf(space)}${await hashFile(unfinished)}.usearch`)
  await rename(unfinished, path)
  return { index, path }
}

async function dropOlder({ cacheFolder, spaceId }: IndexedSpace, kept: string): Promise<void> {
  const older = (await readdir(cacheFolder)).filter(
    (name) => name.startsWith(`vectors-${spaceId}-`) && name !== kept,
  )
  await Promise.all(older.map((name) => rm(join(cacheFolder, name), { force: true })))
}

/** usearch's indexes, kept as files in the project's cache folder; the last one stays in memory. */
export function createVectorIndexStore(): VectorIndexStore {
  let opened: { readonly of: string; readonly index: VectorIndex } | undefined
  return {
    async open(space) {
      const of = join(space.cacheFolder, prefixOf(space))
      if (opened?.of === of) return opened.index
      const known = await findIndex(space)
      const loaded = known === null ? null : await load(known, space)
      const found = known === null || loaded === null ? await build(space) : { index: loaded, path: known }
      await dropOlder(space, basename(found.path))
      opened = { of, index: wrap(found.index) }
      return opened.index
    },
  }
}
