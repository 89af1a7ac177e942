import type BetterSqlite3 from 'better-sqlite3'
import { readSystemErrorCode } from '#engine/base/kernel/system-error.ts'
import { createClosedError } from '#engine/base/kernel/closed-error.ts'
import { mapCatalogueError } from './catalogue-error.ts'
import type { RowDecoder } from './row-decoder.ts'

export type BoundValue = string | number | bigint | null | Uint8Array
/** Values for the `:name` places of a statement. */
type BoundValues = Readonly<Record<string, BoundValue>>

export interface Query<Row> {
  get(values?: BoundValues): Row | undefined
  all(values?: BoundValues): Row[]
  /** Reads row by row; no other statement may write while the iteration is open. */
  iterate(values?: BoundValues): IterableIterator<Row>
}

export interface Command {
  run(values?: BoundValues): { readonly changes: number; readonly lastId: number }
}

/** The one connection that writes a catalogue. Statements are prepared once, in a repo's constructor. */
export interface Db {
  readonly file: string
  prepareQuery<Row>(sql: string, decode: RowDecoder<Row>): Query<Row>
  prepareCommand(sql: string): Command
  /** Runs `work` in one IMMEDIATE transaction; inside another one it joins as a savepoint. `work` must not wait. */
  transact<T>(work: () => T): T
  /**
   * As `transact`, without looking for what refers to each deleted row, which reads whole tables that have no index for it:
   * for work that deletes those rows too. Not within another transaction.
   */
  transactUnreferenced<T>(work: () => T): T
  close(): void
}

interface DbOptions {
  readonly connection: BetterSqlite3.Database
  readonly file: string
  readonly onSlow: (statement: { readonly sql: string; readonly milliseconds: number }) => void
  /** Told after each commit how many commands it is of. */
  readonly onWritten?: (commands: number) => void
}

/** Failures of other files inside a transaction are not the catalogue's and stay as they are. */
const mapSqliteError: typeof mapCatalogueError = (error, context) =>
  readSystemErrorCode(error)?.startsWith('SQLITE_') === true ? mapCatalogueError(error, context) : error

/** The engine thread must stay responsive: slower statements are logged so that they get an index or a worker. */
const slowAboveMs = 40

/** Puts timing and readable failures around a connection; see `openDatabase` for the connection itself. */
export function createDb({ connection, file, onSlow, onWritten = () => undefined }: DbOptions): Db {
  let openTransactions = 0
  let commands = 0
  const tellWritten = (): void => {
    if (openTransactions > 0) return
    onWritten(commands)
    commands = 0
  }
  /** What was asked of the catalogue when its project was closed is no fault of either. */
  const explain = (error: unknown, action: string): unknown =>
    connection.open ? mapSqliteError(error, { action, path: file }) : createClosedError(error)
  const measure = <T>(sql: string, work: () => T): T => {
    const startedAt = performance.now()
    try {
      return work()
    } catch (error) {
      throw explain(error, 'use')
    } finally {
      const milliseconds = performance.now() - startedAt
      if (milliseconds > slowAboveMs) onSlow({ sql, milliseconds })
    }
  }
  const prepare = (sql: string): BetterSqlite3.Statement<[BoundValues]> => {
    try {
      return connection.prepare<[BoundValues]>(sql)
    } catch (error) {
      throw explain(error, 'use')
    }
  }
  const transact = <T>(work: () => T): T => {
    openTransactions += 1
    let result: T
    try {
      result = connection.transaction(work).immediate()
    } catch (error) {
      throw explain(error, 'write')
    } finally {
      openTransactions -= 1
    }
    tellWritten()
    return result
  }
  return {
    file,
    prepareQuery: <Row>(sql: string, decode: RowDecoder<Row>): Query<Row> => {
      const statement = prepare(sql)
      return {
        get: (values = {}) => {
          const row = measure(sql, () => statement.get(values))
          return row === undefined ? undefined : decode(row)
        },
        all: (values = {}) => measure(sql, () => statement.all(values)).map(decode),
        *iterate(values = {}) {
          try {
            for (const row of statement.iterate(values)) yield decode(row)
          } catch (error) {
            throw explain(error, 'use')
          }
        },
      }
    },
    prepareCommand: (sql) => {
      const statement = prepare(sql)
      return {
        run: (values = {}) => {
          const { changes, lastInsertRowid } = measure(sql, () => statement.run(values))
          commands += 1
          tellWritten()
          return { changes, lastId: Number(lastInsertRowid) }
        },
      }
    },
    transact,
    transactUnreferenced: (work) => {
      connection.pragma('foreign_keys = OFF')
      try {
        return transact(work)
      } finally {
        connection.pragma('foreign_keys = ON')
      }
    },
    close: () => {
      connection.close()
    },
  }
}
