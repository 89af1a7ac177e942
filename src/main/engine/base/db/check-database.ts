import BetterSqlite3 from 'better-sqlite3'
import { createDamageError, mapCatalogueError } from './catalogue-error.ts'

/** Above this a check takes too long for the engine's thread, and a worker does it while the project is open. */
export const checkedAtOnceBytes = 24 * 1024 * 1024

interface Checked {
  readonly connection: BetterSqlite3.Database
  readonly file: string
}

function readFinding(connection: BetterSqlite3.Database, pragma: string): string | null {
  const finding = String(connection.pragma(`${pragma}(1)`, { simple: true }))
  return finding === 'ok' ? null : finding.split('\n').join(' ')
}

/** Throws PRECONDITION naming the file and a copy where pages or rows are not in order. */
export function checkQuickly({ connection, file }: Checked): void {
  const finding = readFinding(connection, 'quick_check')
  if (finding !== null) throw createDamageError(file, { finding })
}

/** The same, with every index against its table and every reference against what it names. */
export function checkWholly({ connection, file }: Checked): void {
  const finding = readFinding(connection, 'integrity_check')
  if (finding !== null) throw createDamageError(file, { finding })
  const [broken] = connection.prepare<[], { table: string }>('PRAGMA foreign_key_check').all()
  if (broken !== undefined) {
    throw createDamageError(file, { finding: `a row of ${broken.table} names one that is not there` })
  }
}

/** How many rows each table has. */
export function countRows(connection: BetterSqlite3.Database): Record<string, number> {
  const tables = connection
    .prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
    .pluck()
    .all()
  return Object.fromEntries(
    tables.map((table) => [
      table,
      Number(
        connection
          .prepare(`SELECT count(*) FROM "${table.replaceAll('"', '""')}"`)
          .pluck()
          .get(),
      ),
    ]),
  )
}

/** Reads a whole catalogue by a connection of its own, for a worker. Throws as `checkQuickly` does, or `checkWholly`. */
export function checkDatabase(file: string, { isWhole }: { readonly isWhole: boolean }): void {
  let connection: BetterSqlite3.Database | undefined
  try {
    connection = new BetterSqlite3(file, { readonly: true, fileMustExist: true })
    connection.pragma('trusted_schema = OFF')
    if (isWhole) checkWholly({ connection, file })
    else checkQuickly({ connection, file })
  } catch (error) {
    throw mapCatalogueError(error, { action: 'read', path: file })
  } finally {
    connection?.close()
  }
}
