import { setImmediate as yieldToEvents } from 'node:timers/promises'
import { compareByContent } from './hash-members.ts'

/** A member by what is hashed of it. */
export interface ContentRow {
  readonly imageId: number
  readonly fileSha256: string
  readonly dataset: string
  readonly path: string
}

export interface ContentPage {
  readonly afterHash: string
  readonly afterId: number
  readonly limit: number
}

const rowsPerPage = 2000

/**
 * Members in the order in which lists are hashed; the thread is free after each page.
 *
 * @param read gives rows by file hash and image id, which an index does; images with equal files are put in order here
 */
export async function* inContentOrder<Row extends ContentRow>(
  read: (page: ContentPage) => readonly Row[],
  signal?: AbortSignal,
): AsyncGenerator<Row & { readonly image: string }, void, void> {
  let equal: (Row & { readonly image: string })[] = []
  for (let [afterHash, afterId] = ['', 0]; ;) {
    signal?.throwIfAborted()
    const page = read({ afterHash, afterId, limit: rowsPerPage })
    for (const row of page) {
      if (equal[0] !== undefined && equal[0].fileSha256 !== row.fileSha256) {
        yield* equal.length === 1 ? equal : equal.sort(compareByContent)
        equal = []
      }
      equal.push({ ...row, image: `${row.dataset}/${row.path}` })
    }
    const last = page.at(-1)
    if (last === undefined || page.length < rowsPerPage) break
    afterHash = last.fileSha256
    afterId = last.imageId
    await yieldToEvents()
  }
  yield* equal.sort(compareByContent)
}

/** How a member table is read in that order: by the index of file hashes, which ends with the image's id. */
export const contentOrder = {
  columns: 'i.id AS image_id, i.file_sha256, d.name AS dataset, i.path',
  from: (members: string, on: string): string =>
    `FROM image i CROSS JOIN ${members} m ON ${on} AND m.image_id = i.id JOIN dataset d ON d.id = i.dataset_id`,
  where: '(i.file_sha256, i.id) > (:afterHash, :afterId)',
  orderBy: 'ORDER BY i.file_sha256, i.id LIMIT :limit',
} as const
