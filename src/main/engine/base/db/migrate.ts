import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type BetterSqlite3 from 'better-sqlite3'
import { AppError } from '#shared/contract/errors.ts'
import { systemClock } from '#engine/base/kernel/clock.ts'
import { adviseRestore, locateBackups } from './catalogue-copies.ts'
import { checkWholly } from './check-database.ts'
import type { Migration } from './migrations.ts'

/** "EVNH": tells our catalogue from any other SQLite file. */
const applicationId = 0x45_56_4e_48

interface CatalogueFile {
  readonly connection: BetterSqlite3.Database
  readonly file: string
  readonly migrations: readonly Migration[]
}

interface CheckOptions extends CatalogueFile {
  /** Whether the catalogue is only now being made, and so may be empty. */
  readonly isNew: boolean
}

interface MigrateOptions extends CatalogueFile {
  /** Distinguishes backups, for example a timestamp. */
  readonly stamp: string
}

const readNumber = (connection: BetterSqlite3.Database, pragma: string): number =>
  Number(connection.pragma(pragma, { simple: true }))

/** Throws PRECONDITION for an empty file, one of another program or of a newer Evenhand; changes nothing. */
export function checkCatalogue({ connection, file, migrations, isNew }: CheckOptions): void {
  const version = readNumber(connection, 'user_version')
  const id = readNumber(connection, 'application_id')
  const tables = Number(connection.prepare('SELECT count(*) FROM sqlite_schema').pluck().get())
  if (id !== applicationId && (id !== 0 || tables > 0)) {
    throw new AppError(
      'PRECONDITION',
      `${file} is a SQLite database, but not an Evenhand catalogue. ${adviseRestore(file, systemClock())}`,
      { details: { path: file } },
    )
  }
  const newest = migrations.at(-1)?.version ?? 0
  if (version > newest) {
    throw new AppError(
      'PRECONDITION',
      `${file} was written by a newer Evenhand (catalogue version ${version}; this one reads up to ${newest}). ` +
        'Update Evenhand to open it.',
      { details: { path: file, version, newest } },
    )
  }
  if (!isNew && (tables === 0 || (version === 0 && id === applicationId))) {
    throw new AppError(
      'PRECONDITION',
      `${file} is empty: no project was ever finished in it, or its content was lost. ${adviseRestore(file, systemClock())}`,
      { details: { path: file } },
    )
  }
}

/** A whole copy, made and read through before an upgrade touches the catalogue. */
function backUp({ connection, file, stamp }: MigrateOptions, version: number): void {
  // What is damaged already would come out of an upgrade looking whole.
  checkWholly({ connection, file })
  const folder = locateBackups(file)
  mkdirSync(folder, { recursive: true })
  const backup = join(folder, `catalogue.before-upgrade-of-v${version}.${stamp}.sqlite`)
  if (!existsSync(backup)) connection.prepare('VACUUM INTO ?').run(backup)
}

/**
 * Brings a catalogue to the newest version: all pending migrations in one transaction, or none.
 * An upgrade of an existing catalogue leaves a copy in its backups. The file has passed `checkCatalogue`.
 */
export function migrate(options: MigrateOptions): void {
  const { connection, migrations } = options
  const version = readNumber(connection, 'user_version')
  const pending = migrations.filter((migration) => migration.version > version)
  const newest = pending.at(-1)
  if (newest === undefined) return
  if (version > 0) backUp(options, version)
  // Rebuilding a table breaks its references for a moment; they are checked as a whole before the commit.
  connection.pragma('foreign_keys = OFF')
  connection
    .transaction(() => {
      for (const migration of pending) connection.exec(migration.sql)
      const broken = connection.pragma('foreign_key_check')
      if (Array.isArray(broken) && broken.length > 0) {
        throw new Error(
          `Migration to version ${newest.version} leaves ${broken.length} rows with a broken reference`,
        )
      }
      connection.pragma(`application_id = ${applicationId}`)
      connection.pragma(`user_version = ${newest.version}`)
    })
    .immediate()
  connection.pragma('foreign_keys = ON')
}
