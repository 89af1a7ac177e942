import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type BetterSqlite3 from 'better-sqlite3'
import { AppError } from '#shared/contract/errors.ts'
import type { Migration } from './migrations.ts'

/** "EVNH": tells our catalogue from any other SQLite file. */
const applicationId = 0x45_56_4e_48

interface CatalogueFile {
  readonly connection: BetterSqlite3.Database
  readonly file: string
  readonly migrations: readonly Migration[]
}

interface MigrateOptions extends CatalogueFile {
  /** Distinguishes backups, for example a timestamp. */
  readonly stamp: string
}

const readNumber = (connection: BetterSqlite3.Database, pragma: string): number =>
  Number(connection.pragma(pragma, { simple: true }))

/** Throws PRECONDITION for a file of another program or of a newer Evenhand; changes nothing. */
export function checkCatalogue({ connection, file, migrations }: CatalogueFile): void {
  const version = readNumber(connection, 'user_version')
  const id = readNumber(connection, 'application_id')
  const tables = Number(connection.prepare('SELECT count(*) FROM sqlite_schema').pluck().get())
  if (id !== applicationId && (id !== 0 || tables > 0)) {
    throw new AppError(
      'PRECONDITION',
      `${file} is a SQLite database, but not an Evenhand catalogue. Choose a folder that Evenhand made.`,
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
}

/** A consistent copy beside the catalogue, made before an upgrade touches it. */
function backUp({ connection, file, stamp }: MigrateOptions, version: number): void {
  const backup = join(dirname(file), `catalogue.before-upgrade-of-v${version}.${stamp}.sqlite`)
  if (!existsSync(backup)) connection.prepare('VACUUM INTO ?').run(backup)
}

/**
 * Brings a catalogue to the newest version: all pending migrations in one transaction, or none.
 * An upgrade of an existing catalogue leaves a backup beside it. The file has passed `checkCatalogue`.
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
