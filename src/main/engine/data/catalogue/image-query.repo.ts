import * as z from 'zod'
import { imageId, sha256 } from '#shared/contract/base.contract.ts'
import { imageStatus, type ImageSort, type ImageTile } from '#shared/contract/image.contract.ts'
import { checkOfCode, checks, type CheckId } from '#shared/domain/checks.ts'
import type { Db, Query } from '#engine/base/db/db.ts'
import { booleanColumn, createRowDecoder, type RowDecoder } from '#engine/base/db/row-decoder.ts'

export interface PageKey {
  readonly key: string | number
  readonly id: number
}

/** Codes of checks as SQL joins them, as their names. */
export const flaggedChecks = z
  .string()
  .nullable()
  .transform((codes) =>
    (codes ?? '')
      .split(',')
      .map((code) => checkOfCode(Number(code)))
      .filter((check) => check !== null),
  )

export const flaggedChecksSql = `(
    SELECT group_concat(check_id) FROM check_score INDEXED BY check_score_by_image
    WHERE check_score.image_id = image.id AND check_score.is_flagged = 1)`

const decodeTile = createRowDecoder({
  id: imageId,
  thumb: sha256,
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageYears: z.number().nullable(),
  ageBin: z.string().nullable(),
  width: z.int().positive(),
  height: z.int().positive(),
  status: imageStatus,
  isIdentitySuspect: booleanColumn,
  revision: z.int().nonnegative(),
  findings: flaggedChecks,
})

/** By hand: an order is read for every image at once. */
const decodeKey: RowDecoder<PageKey> = (row) => {
  if (typeof row !== 'object' || row === null) throw new TypeError('A row must be an object')
  const [id, key]: unknown[] = [Reflect.get(row, 'id'), Reflect.get(row, 'key')]
  if (typeof id !== 'number' || (typeof key !== 'number' && typeof key !== 'string'))
    throw new TypeError('An order names images by numbers, and their keys by numbers or text')
  return { id, key }
}

/** Every order but that by a finding's score, whose keys stand with the check. */
export type ColumnSort = Exclude<ImageSort, 'finding'>

/** The indexed column behind each order; `id` breaks ties. */
const sortKeys: Readonly<Record<ColumnSort, string>> = {
  id: 'id',
  path: 'path',
  age: 'age_order',
  pixels: 'pixels',
  bytes: 'bytes',
  imported: 'imported_at',
}

interface SortQueries {
  readonly first: Query<PageKey>
  readonly next: Query<PageKey>
  readonly before: Query<PageKey>
  readonly keyOf: Query<PageKey>
}

/** The order of a column or of a check's scores, from the smallest key on, and the tiles of images. */
export class ImageQueryRepo {
  readonly #tiles: Query<ImageTile>
  readonly #columns: Readonly<Record<ColumnSort, SortQueries>>
  readonly #scores: SortQueries

  constructor(db: Db) {
    this.#tiles = db.prepareQuery(
      `SELECT id, pixel_sha256 AS thumb, race, gender, age_years, age_bin, width, height, status,
         is_identity_suspect, revision, ${flaggedChecksSql} AS findings
       FROM image WHERE id IN (SELECT value FROM json_each(:ids))`,
      decodeTile,
    )
    const orderBy = (column: ColumnSort): SortQueries => {
      const key = sortKeys[column]
      // A row value of one column twice would keep SQLite from searching by the primary key.
      const place = column === 'id' ? 'id' : `(${key}, id)`
      const given = column === 'id' ? ':id' : '(:key, :id)'
      const order = (direction: string) =>
        column === 'id' ? `id ${direction}` : `${key} ${direction}, id ${direction}`
      const select = `SELECT id, ${key} AS key FROM image`
      return {
        first: db.prepareQuery(`${select} ORDER BY ${order('ASC')} LIMIT :limit`, decodeKey),
        next: db.prepareQuery(
          `${select} WHERE ${place} > ${given} ORDER BY ${order('ASC')} LIMIT :limit`,
          decodeKey,
        ),
        before: db.prepareQuery(
          `${select} WHERE ${place} < ${given} ORDER BY ${order('DESC')} LIMIT :limit`,
          decodeKey,
        ),
        keyOf: db.prepareQuery(`${select} WHERE id = :id`, decodeKey),
      }
    }
    this.#columns = {
      id: orderBy('id'),
      path: orderBy('path'),
      age: orderBy('age'),
      pixels: orderBy('pixels'),
      bytes: orderBy('bytes'),
      imported: orderBy('imported'),
    }
    const score = 'SELECT image_id AS id, score AS key FROM check_score WHERE check_id = :checkId'
    this.#scores = {
      first: db.prepareQuery(`${score} ORDER BY score, image_id LIMIT :limit`, decodeKey),
      next: db.prepareQuery(
        `${score} AND (score, image_id) > (:key, :id) ORDER BY score, image_id LIMIT :limit`,
        decodeKey,
      ),
      before: db.prepareQuery(
        `${score} AND (score, image_id) < (:key, :id) ORDER BY score DESC, image_id DESC LIMIT :limit`,
        decodeKey,
      ),
      keyOf: db.prepareQuery(`${score} AND image_id = :id`, decodeKey),
    }
  }

  /** In the order given; an image that does not exist is left out. */
  tiles(ids: readonly number[]): ImageTile[] {
    const tiles = new Map(
      this.#tiles.all({ ids: JSON.stringify(ids) }).map((tile) => [Number(tile.id), tile]),
    )
    return ids.map((id) => tiles.get(id)).filter((tile) => tile !== undefined)
  }

  /** @param after the last row of the batch before, or null for the first */
  order(by: OrderBy, after: PageKey | null, limit: number): PageKey[] {
    const { queries, values } = this.#find(by)
    return after === null
      ? queries.first.all({ ...values, limit })
      : queries.next.all({ ...values, ...bind(by, after), limit })
  }

  /** The image that follows this place, upwards or downwards. */
  neighbour(by: OrderBy, place: PageKey, direction: 'ascending' | 'descending'): PageKey | null {
    const { queries, values } = this.#find(by)
    const query = direction === 'ascending' ? queries.next : queries.before
    return query.get({ ...values, ...bind(by, place), limit: 1 }) ?? null
  }

  keyOf(by: OrderBy, id: number): string | number | null {
    const { queries, values } = this.#find(by)
    return queries.keyOf.get({ ...values, id })?.key ?? null
  }

  #find({ sort, check }: OrderBy): { queries: SortQueries; values: Record<string, number> } {
    return sort === 'finding'
      ? { queries: this.#scores, values: { checkId: check === null ? 0 : checks[check].code } }
      : { queries: this.#columns[sort], values: {} }
  }
}

export interface OrderBy {
  readonly sort: ImageSort
  /** The check whose scores are meant; of no account for other orders. */
  readonly check: CheckId | null
}

const bind = ({ sort }: OrderBy, { key, id }: PageKey): Partial<PageKey> =>
  sort === 'id' ? { id } : { key, id }
