import BetterSqlite3 from 'better-sqlite3'
import { countRows } from './check-database.ts'

interface CatalogueIdentity {
  readonly uuid: string
  readonly rows: Readonly<Record<string, number>>
}

/** Whose a catalogue is and how much it holds; null for one that is missing, empty or damaged. */
export function readIdentity(file: string): CatalogueIdentity | null {
  let connection: BetterSqlite3.Database | undefined
  try {
    // A connection that may write would move what is left in the log into the catalogue, past its seal.
    connection = new BetterSqlite3(file, { readonly: true, fileMustExist: true })
    connection.pragma('trusted_schema = OFF')
    const uuid = connection.prepare<[], string>('SELECT uuid FROM project').pluck().get()
    return uuid === undefined ? null : { uuid, rows: countRows(connection) }
  } catch {
    // Whatever is wrong with it is why it is being replaced.
    return null
  } finally {
    connection?.close()
  }
}

/** Whether a catalogue was left before the row that names its project was written. False where it cannot be read. */
export function holdsNoProject(file: string): boolean {
  let connection: BetterSqlite3.Database | undefined
  try {
    connection = new BetterSqlite3(file, { readonly: true, fileMustExist: true })
    connection.pragma('trusted_schema = OFF')
    const isEmpty = connection.prepare('SELECT 1 FROM sqlite_schema').get() === undefined
    return isEmpty || connection.prepare('SELECT 1 FROM project').get() === undefined
  } catch {
    return false
  } finally {
    connection?.close()
  }
}
