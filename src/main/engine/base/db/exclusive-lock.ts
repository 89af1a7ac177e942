import BetterSqlite3 from 'better-sqlite3'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'

export interface ExclusiveLock {
  release(): void
}

/**
 * Takes a lock that one holder at a time can have, or returns null while somebody else has it.
 *
 * It is SQLite's own lock on a small file of its own. The operating system drops it when the process ends, however
 * it ends, so a killed holder leaves nothing to clean up and no process number has to be trusted: numbers are
 * reused, and two containers on one folder can carry the same. The catalogue itself is not locked, since
 * `locking_mode = EXCLUSIVE` would also shut out our own read-only connections.
 */
export function acquireExclusiveLock(file: string): ExclusiveLock | null {
  let connection: BetterSqlite3.Database | undefined
  try {
    connection = new BetterSqlite3(file, { timeout: 0 })
    connection.exec('BEGIN EXCLUSIVE')
    const held = connection
    return { release: () => void held.close() }
  } catch (error) {
    connection?.close()
    if (error instanceof BetterSqlite3.SqliteError && error.code.startsWith('SQLITE_BUSY')) return null
    throw mapSystemError(error, { action: 'lock', path: file })
  }
}
