import { statSync } from 'node:fs'
import BetterSqlite3 from 'better-sqlite3'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import type { Logger } from '#engine/base/kernel/logger.ts'
import { mapCatalogueError } from './catalogue-error.ts'
import { checkQuickly, checkedAtOnceBytes } from './check-database.ts'
import { createDb, type Db } from './db.ts'
import type { CatalogueSeal } from './catalogue-seal.ts'
import { checkCatalogue, migrate } from './migrate.ts'
import { migrations as allMigrations, type Migration } from './migrations.ts'

export interface OpenDatabaseOptions {
  readonly file: string
  readonly now: Clock
  readonly logger: Logger
  readonly migrations?: readonly Migration[]
  /** False where a catalogue was made before: nothing is made anew in its place. True unless said. */
  readonly mayBeNew?: boolean
  /** What keeps the hash of its bytes, for a catalogue that is kept. */
  readonly seal?: CatalogueSeal
}

function configure(connection: BetterSqlite3.Database): void {
  connection.pragma('journal_mode = WAL')
  connection.pragma('synchronous = NORMAL')
  connection.pragma('foreign_keys = ON')
  connection.pragma('busy_timeout = 5000')
  // A catalogue may come from somebody else: functions named in its schema must not run unchecked.
  connection.pragma('trusted_schema = OFF')
}

/**
 * Opens or makes a catalogue and brings it to the newest version. Throws an AppError naming the file when it
 * cannot be opened, is empty, is no catalogue, is damaged, or comes from a newer version.
 */
export function openDatabase({
  file,
  now,
  logger,
  migrations = allMigrations,
  mayBeNew = true,
  seal,
}: OpenDatabaseOptions): Db {
  let connection: BetterSqlite3.Database | undefined
  try {
    connection = new BetterSqlite3(file, { fileMustExist: !mayBeNew })
    // Before anything is set: switching the journal already changes the file.
    checkCatalogue({ connection, file, migrations, isNew: mayBeNew })
    if (statSync(file).size <= checkedAtOnceBytes) checkQuickly({ connection, file })
    configure(connection)
    seal?.attach(connection)
    migrate({ connection, file, migrations, stamp: formatTimestamp(now()).replaceAll(':', '-') })
    return createDb({
      connection,
      file,
      onSlow: ({ sql, milliseconds }) =>
        logger.warn('Slow statement', { sql, milliseconds: Math.round(milliseconds) }),
      onWritten: (rows) => seal?.noteWrite(rows),
    })
  } catch (error) {
    if (connection !== undefined) seal?.giveUp(connection)
    connection?.close()
    throw mapCatalogueError(error, { action: 'open', path: file })
  }
}
