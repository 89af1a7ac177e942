import { LRUCache } from 'lru-cache'
import * as z from 'zod'
import { imageCell, type ImageCell } from '#shared/contract/image.contract.ts'
import { checks, type CheckId } from '#shared/domain/checks.ts'
import { checkOfColumn, type ImageColumn, type PlainColumn } from '#shared/domain/image-columns.ts'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'
import { flaggedChecks, flaggedChecksSql } from './image-query.repo.ts'

const keptStatements = 16

const plainSql: Readonly<Record<PlainColumn, string>> = {
  id: 'image.id',
  dataset: 'dataset.name',
  path: 'image.path',
  race: 'image.race',
  gender: 'image.gender',
  age_years: 'image.age_years',
  age_bin: 'image.age_bin',
  identity: '(SELECT name FROM identity WHERE identity.id = image.identity_id)',
  status: 'image.status',
  identity_suspect: 'image.is_identity_suspect',
  findings: flaggedChecksSql,
  part: `(SELECT part FROM split_member
    WHERE split_member.split_id = :splitId AND split_member.image_id = image.id)`,
  width: 'image.width',
  height: 'image.height',
  bytes: 'image.bytes',
  format: 'image.format',
  sha256: 'image.file_sha256',
  pixel_sha256: 'image.pixel_sha256',
  imported_at: 'image.imported_at',
}

const scoreSql = (check: CheckId): string => `(SELECT score FROM check_score
    WHERE check_score.check_id = ${checks[check].code} AND check_score.image_id = image.id)`

const columnSql = (column: ImageColumn): string => {
  const check = checkOfColumn(column)
  if (check !== null) return scoreSql(check)
  const plain = Object.entries(plainSql).find(([name]) => name === column)
  if (plain === undefined) throw new Error(`There is no column ${column}`)
  return plain[1]
}

const decodeSplit = createRowDecoder({ id: z.int() })

interface CellRow {
  readonly id: number
  readonly cells: ImageCell[]
}

const cellName = (index: number): string => `c${index}`

function chooseReader(column: ImageColumn): (value: unknown) => ImageCell {
  if (column === 'findings') return (value) => flaggedChecks.parse(value).join(' ')
  if (column === 'identity_suspect') return (value) => value === 1
  // A table of a million images has twenty million cells, nearly all of these two kinds.
  return (value) => (typeof value === 'string' || typeof value === 'number' ? value : imageCell.parse(value))
}

function createCellDecoder(columns: readonly ImageColumn[]): (row: unknown) => CellRow {
  const readers = columns.map((column, index) => ({ name: cellName(index), read: chooseReader(column) }))
  return (row) => {
    if (typeof row !== 'object' || row === null) throw new TypeError('A row must be an object')
    return {
      id: z.int().parse(Reflect.get(row, 'row_id')),
      cells: readers.map(({ name, read }) => read(Reflect.get(row, name))),
    }
  }
}

/** Images as rows of a table with the columns that were asked for. */
export class ImageCellRepo {
  readonly #db: Db
  /** Statements differ by their columns; those of the newest choices are kept. */
  readonly #rows = new LRUCache<string, Query<CellRow>>({ max: keptStatements })
  readonly #newestSplit: Query<{ id: number }>

  constructor(db: Db) {
    this.#db = db
    this.#newestSplit = db.prepareQuery(
      'SELECT id FROM split WHERE is_complete = 1 ORDER BY id DESC LIMIT 1',
      decodeSplit,
    )
  }

  newestSplit(): number | null {
    return this.#newestSplit.get()?.id ?? null
  }

  /** One row of cells for each image, in the order given; an image that does not exist is left out. */
  read(
    ids: readonly number[],
    { columns, splitId }: { readonly columns: readonly ImageColumn[]; readonly splitId: number | null },
  ): ImageCell[][] {
    const query = this.#prepare(columns)
    const values = columns.includes('part') ? { splitId } : {}
    const rows = query.all({ ids: JSON.stringify(ids), ...values })
    const cells = new Map(rows.map((row) => [row.id, row.cells]))
    return ids.map((id) => cells.get(id)).filter((row) => row !== undefined)
  }

  #prepare(columns: readonly ImageColumn[]): Query<CellRow> {
    const key = columns.join()
    const known = this.#rows.get(key)
    if (known !== undefined) return known
    const selected = columns.map((column, index) => `${columnSql(column)} AS ${cellName(index)}`)
    const query = this.#db.prepareQuery(
      `SELECT image.id AS row_id, ${selected.join(',\n  ')}
       FROM image JOIN dataset ON dataset.id = image.dataset_id
       WHERE image.id IN (SELECT value FROM json_each(:ids))`,
      createCellDecoder(columns),
    )
    this.#rows.set(key, query)
    return query
  }
}
