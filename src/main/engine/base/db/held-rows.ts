import type { Command, Db, Query } from './db.ts'
import { decodeCount } from './row-decoder.ts'

export interface HeldTable {
  readonly table: string
  /** The column that names the image; `image_id` unless said. */
  readonly column?: string
  /** Whether what somebody made stands on these rows, so that an import that brought their images is no longer taken back. */
  readonly isBuiltOn?: boolean
  /** What stands before the image in the table's key, so that rows are found by it instead of reading them all. */
  readonly within?: string
}

/** Rows about images in the tables of one room, children before their parents: how many there are, and letting go of them. */
export class HeldRows {
  readonly tables: readonly string[]
  readonly #counts: readonly (readonly [table: string, query: Query<number>])[]
  readonly #deletes: readonly Command[]
  readonly #builtOn: readonly Query<number>[]

  constructor(db: Db, tables: readonly HeldTable[]) {
    const isOfImages = ({ column = 'image_id', within }: HeldTable): string =>
      `${within === undefined ? '' : `${within} AND `}${column} IN (SELECT value FROM json_each(:ids))`
    this.tables = tables.map(({ table }) => table)
    this.#counts = tables.map((one) => [
      one.table,
      db.prepareQuery(`SELECT count(*) AS count FROM ${one.table} WHERE ${isOfImages(one)}`, decodeCount),
    ])
    this.#builtOn = tables
      .filter(({ isBuiltOn = false }) => isBuiltOn)
      .map((one) => {
        const image = one.column ?? 'image_id'
        return db.prepareQuery(
          `SELECT DISTINCT ${image} AS count FROM ${one.table} WHERE ${isOfImages(one)}`,
          decodeCount,
        )
      })
    this.#deletes = tables.map((one) =>
      db.prepareCommand(`DELETE FROM ${one.table} WHERE ${isOfImages(one)}`),
    )
  }

  /** By table. */
  count(imageIds: readonly number[]): Record<string, number> {
    const ids = JSON.stringify(imageIds)
    const counts: Record<string, number> = {}
    // A row that names two images stands under each of its columns.
    for (const [table, query] of this.#counts)
      counts[table] = (counts[table] ?? 0) + (query.get({ ids }) ?? 0)
    return counts
  }

  /** Those of the images that something stands on. */
  findBuiltOn(imageIds: readonly number[]): number[] {
    const ids = JSON.stringify(imageIds)
    return this.#builtOn.flatMap((query) => query.all({ ids }))
  }

  delete(imageIds: readonly number[]): void {
    const ids = JSON.stringify(imageIds)
    for (const command of this.#deletes) command.run({ ids })
  }
}
