import type { BoundValue, Command, Db, Query } from './db.ts'
import { decodeCount, toSnakeCase } from './row-decoder.ts'

/** A table of lists and the table of their rows, which names its list as `<list>_id`. */
interface SealedTables<Row> {
  readonly list: string
  readonly rows: string
  /** Column by which the rows of one list differ. */
  readonly by: keyof Row & string
  readonly columns: readonly (keyof Row & string)[]
}

/**
 * Rows of a list that is made in small transactions and never changes again once it is sealed, which the triggers of its
 * table see to.
 */
export class SealedRows<Row extends Readonly<Record<keyof Row, BoundValue>>> {
  readonly #db: Db
  readonly #list: string
  readonly #insert: Command
  readonly #deleteSome: Command
  readonly #count: Query<number>

  constructor(db: Db, { list, rows, by, columns }: SealedTables<Row>) {
    this.#db = db
    this.#list = list
    const [key, order] = [`${list}_id`, toSnakeCase(by)]
    this.#insert = db.prepareCommand(
      `INSERT INTO ${rows} (${[key, ...columns.map(toSnakeCase)].join(', ')})
       VALUES (:list, ${columns.map((column) => `:${column}`).join(', ')})`,
    )
    this.#deleteSome = db.prepareCommand(
      `DELETE FROM ${rows} WHERE ${key} = :list AND ${order} IN
         (SELECT ${order} FROM ${rows} WHERE ${key} = :list ORDER BY ${order} LIMIT :limit)`,
    )
    this.#count = db.prepareQuery(`SELECT count(*) AS count FROM ${rows} WHERE ${key} = :list`, decodeCount)
  }

  insert(list: number, rows: readonly Row[]): void {
    this.#db.transact(() => {
      for (const row of rows) this.#insert.run({ list, ...row })
    })
  }

  /** Deletes some rows of a list that is not sealed; true while there may be more. */
  deleteSome(list: number, limit: number): boolean {
    return this.#deleteSome.run({ list, limit }).changes > 0
  }

  /** Seals a list by what `seal` writes; throws when rows are missing. */
  seal(list: number, expected: number, seal: () => void): void {
    this.#db.transact(() => {
      const stored = this.#count.get({ list })
      if (stored !== expected) throw new Error(`${this.#list} ${list} holds ${stored} of ${expected} images`)
      seal()
    })
  }
}
