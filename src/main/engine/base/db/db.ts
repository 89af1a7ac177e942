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
  /** @param values by name, or a list of them for a statement whose places are `?` */
  run(values?: BoundValues | readonly BoundValue[]): { readonly changes: number; readonly lastId: number }
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
  /** Told after each commit how many rows it wrote. */
  readonly onWritten?: (rows: number) => void
}

/** Failures of other files inside a transaction are not the catalogue's and stay as they are. */
const mapSqliteError: typeof mapCatalogueError = (error, context) =>
  readSystemErrorCode(error)?.startsWith('SQLITE_') === true ? mapCatalogueError(error, context) : error

/** The engine thread must stay responsive: slower statements are logged so that they get an index or a worker. */
const slowAboveMs = 40

/**
 * What runs work in an IMMEDIATE transaction or, within one, between savepoints. By statements that are prepared once:
 * `connection.transaction` prepares its functions anew for each piece of work, which costs as much as writing a few rows.
 */
function createTransactions(connection: BetterSqlite3.Database): <T>(work: () => T) => T {
  const prepare = (sql: string) => connection.prepare<[]>(sql)
  const whole = { begin: prepare('BEGIN IMMEDIATE'), end: prepare('COMMIT'), undo: prepare('ROLLBACK') }
  const part = {
    begin: prepare('SAVEPOINT part'),
    end: prepare('RELEASE part'),
    undo: prepare('ROLLBACK TO part'),
  }
  return (work) => {
    const isWithin = connection.inTransaction
    const { begin, end, undo } = isWithin ? part : whole
    begin.run()
    try {
      const result = work()
      if (result instanceof Promise) throw new TypeError('Work in a transaction must not wait')
      end.run()
      return result
    } catch (error) {
      // Some failures of SQLite, as of a full disk, have already rolled everything back.
      if (connection.inTransaction) {
        undo.run()
        if (isWithin) end.run()
      }
      throw error
    }
  }
}

/** Puts timing and readable failures around a connection; see `openDatabase` for the connection itself. */
export function createDb({ connection, file, onSlow, onWritten = () => undefined }: DbOptions): Db {
  const runTogether = createTransactions(connection)
  let openTransactions = 0
  let rows = 0
  const tellWritten = (): void => {
    if (openTransactions > 0) return
    onWritten(rows)
    rows = 0
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
  const prepare = (sql: string): BetterSqlite3.Statement<[BoundValues | readonly BoundValue[]]> => {
    try {
      return connection.prepare<[BoundValues | readonly BoundValue[]]>(sql)
    } catch (error) {
      throw explain(error, 'use')
    }
  }
  const transact = <T>(work: () => T): T => {
    openTransactions += 1
    let result: T
    try {
      result = runTogether(work)
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
          // A command that changes nothing still is one.
          rows += Math.max(1, changes)
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
