import * as z from 'zod'
import { imageId, sha256 } from '#shared/contract/base.contract.ts'
import type { ImageFilter, ImageSort, ImageTile } from '#shared/contract/image.contract.ts'
import type { BoundValue, Db, Query } from '../db/db.ts'
import { createRowDecoder, type RowDecoder } from '../db/row-decoder.ts'

export interface PageKey {
  readonly key: string | number
  readonly id: number
}

export interface PageRequest {
  readonly filter: ImageFilter
  readonly sort: ImageSort
  readonly direction: 'ascending' | 'descending'
  readonly after: PageKey | null
  readonly limit: number
}

const decodePageRow = createRowDecoder({
  id: imageId,
  thumb: sha256,
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageYears: z.number().nullable(),
  ageBin: z.string().nullable(),
  width: z.int().positive(),
  height: z.int().positive(),
  sortKey: z.union([z.string(), z.number()]),
})
export type PageRow = ImageTile & { readonly sortKey: string | number }

const decodeCell = createRowDecoder({
  datasetId: z.int(),
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageBin: z.string().nullable(),
  part: z.enum(['train', 'val', 'test']).nullable(),
  count: z.int(),
})
/** How many images share these labels. */
export type FacetCell = ReturnType<typeof decodeCell>

const decodeVersion = createRowDecoder({ version: z.string() })

/** The indexed column behind each order; `id` breaks ties. */
const sortKeys: Readonly<Record<ImageSort, string>> = {
  id: 'image.id',
  path: 'image.path',
  age: 'image.age_order',
  pixels: 'image.pixels',
  bytes: 'image.bytes',
}

interface Condition {
  readonly sql: string
  readonly values: Readonly<Record<string, BoundValue>>
}

const oneOf = (
  column: string,
  name: string,
  wanted: readonly (string | number | null)[] | undefined,
): Condition | null => {
  if (wanted === undefined || wanted.length === 0) return null
  const values = wanted.filter((value) => value !== null)
  const isAny = `${column} IN (SELECT value FROM json_each(:${name}))`
  if (values.length === 0) return { sql: `${column} IS NULL`, values: {} }
  const sql = values.length === wanted.length ? isAny : `(${isAny} OR ${column} IS NULL)`
  return { sql, values: { [name]: JSON.stringify(values) } }
}

/** Matches the text literally, whatever wildcards it holds. */
const containing = (text: string): string => `%${text.replace(/[\\%_]/g, (mark) => `\\${mark}`)}%`

function matchText(text: string | undefined): Condition | null {
  if (text === undefined || text.trim() === '') return null
  const sql = `image.id IN (
      SELECT id FROM image WHERE path LIKE :text ESCAPE '\\'
      UNION ALL
      SELECT image.id FROM identity JOIN image ON image.identity_id = identity.id
      WHERE identity.name LIKE :text ESCAPE '\\')`
  return { sql, values: { text: containing(text.trim()) } }
}

function matchParts(split: ImageFilter['split']): Condition | null {
  if (split === undefined || split.parts.length === 0) return null
  const sql = `EXISTS (
      SELECT 1 FROM split_member WHERE split_member.split_id = :filterSplitId AND split_member.image_id = image.id
      AND split_member.part IN (SELECT value FROM json_each(:parts)))`
  return { sql, values: { filterSplitId: split.splitId, parts: JSON.stringify(split.parts) } }
}

const join = (conditions: readonly (Condition | null)[]): Condition => {
  const present = conditions.filter((condition) => condition !== null)
  return {
    sql: present.map(({ sql }) => sql).join('\n    AND ') || 'true',
    values: Object.assign({}, ...present.map(({ values }) => values)),
  }
}

const matchAll = (filter: ImageFilter): Condition =>
  join([
    oneOf('image.dataset_id', 'datasets', filter.datasets),
    oneOf('image.race', 'race', filter.race),
    oneOf('image.gender', 'gender', filter.gender),
    oneOf('image.age_bin', 'age', filter.age),
    oneOf('image.identity_id', 'identities', filter.identities),
    matchText(filter.text),
    matchParts(filter.split),
  ])

/** Filters, pages and counts over the catalogue. Statements differ by which filters are set and are kept. */
export class ImageQueryRepo {
  readonly #db: Db
  readonly #pages = new Map<string, Query<PageRow>>()
  readonly #cells = new Map<string, Query<FacetCell>>()
  readonly #version: Query<string>

  constructor(db: Db) {
    this.#db = db
    this.#version = db.prepareQuery(
      `SELECT coalesce((SELECT max(id) FROM image), 0) || '/' || coalesce((SELECT max(id) FROM label_event), 0) AS version`,
      (row) => decodeVersion(row).version,
    )
  }

  /** Changes whenever an image is added or a label changes, since each label change is an event. */
  version(): string {
    return this.#version.get() ?? ''
  }

  /** One page by keyset, in the order of the key and then the id. */
  page({ filter, sort, direction, after, limit }: PageRequest): PageRow[] {
    const key = sortKeys[sort]
    const isUp = direction === 'ascending'
    const order = isUp ? 'ASC' : 'DESC'
    const where = matchAll(filter)
    const isById = sort === 'id'
    const position = isById ? 'image.id' : `(${key}, image.id)`
    const bound = isById ? ':afterId' : '(:afterKey, :afterId)'
    const sql = `
  SELECT image.id, image.pixel_sha256 AS thumb, image.race, image.gender, image.age_years, image.age_bin,
    image.width, image.height, ${key} AS sort_key
  FROM image
  WHERE ${where.sql}${after === null ? '' : `\n    AND ${position} ${isUp ? '>' : '<'} ${bound}`}
  ORDER BY ${isById ? `image.id ${order}` : `${key} ${order}, image.id ${order}`}
  LIMIT :limit`
    const cursor =
      after === null ? {} : isById ? { afterId: after.id } : { afterKey: after.key, afterId: after.id }
    return this.#prepare(this.#pages, sql, decodePageRow).all({ ...where.values, ...cursor, limit })
  }

  /**
   * Counts by data set, labels and part of one split. Takes only the filters that are no facet (identities,
   * text); the service applies the others, since each facet leaves out its own.
   */
  cells(filter: Pick<ImageFilter, 'identities' | 'text'>, splitId: number | null): FacetCell[] {
    const where = join([oneOf('image.identity_id', 'identities', filter.identities), matchText(filter.text)])
    const member = `LEFT JOIN split_member AS member ON member.split_id = :splitId AND member.image_id = image.id`
    const sql = `
  SELECT image.dataset_id, image.race, image.gender, image.age_bin,
    ${splitId === null ? 'NULL' : 'member.part'} AS part, count(*) AS count
  FROM image ${splitId === null ? '' : member}
  WHERE ${where.sql}
  GROUP BY image.dataset_id, image.race, image.gender, image.age_bin${splitId === null ? '' : ', member.part'}`
    const values = splitId === null ? where.values : { ...where.values, splitId }
    return this.#prepare(this.#cells, sql, decodeCell).all(values)
  }

  #prepare<Row>(kept: Map<string, Query<Row>>, sql: string, decode: RowDecoder<Row>): Query<Row> {
    const known = kept.get(sql)
    if (known !== undefined) return known
    const query = this.#db.prepareQuery(sql, decode)
    kept.set(sql, query)
    return query
  }
}
