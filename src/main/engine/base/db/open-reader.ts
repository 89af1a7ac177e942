import BetterSqlite3 from 'better-sqlite3'
import { mapCatalogueError } from './catalogue-error.ts'
import { createDb, type Db } from './db.ts'

/** Opens a catalogue that the engine thread has already migrated, for long reads in a worker; it cannot write. */
export function openReader(file: string): Db {
  let connection: BetterSqlite3.Database | undefined
  try {
    connection = new BetterSqlite3(file, { readonly: true, fileMustExist: true })
    connection.pragma('busy_timeout = 5000')
    connection.pragma('trusted_schema = OFF')
    // Long statements are what a reader is for: none of them is worth a line in the log.
    return createDb({ connection, file, onSlow: () => undefined })
  } catch (error) {
    connection?.close()
    throw mapCatalogueError(error, { action: 'open', path: file })
  }
}
