import { existsSync } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { AppError } from '#shared/contract/errors.ts'
import { hashFile } from '#engine/base/kernel/hash-file.ts'
import { makeFolder } from '#engine/base/kernel/make-folder.ts'
import { readSystemErrorCode } from '#engine/base/kernel/system-error.ts'
import { nameTemporary } from '#engine/base/kernel/temporary-name.ts'
import { checkWholly, countRows } from './check-database.ts'
import { mapCatalogueError } from './catalogue-error.ts'
import { checkCatalogue } from './migrate.ts'
import { migrations } from './migrations.ts'

export interface DatabaseCopy {
  readonly bytes: number
  readonly sha256: string
  /** How many rows each table has, in both. */
  readonly rows: Readonly<Record<string, number>>
  /** What tells the project of the catalogue from every other. */
  readonly uuid: string | null
}

interface CopyOptions {
  readonly source: string
  readonly target: string
  /** Throws to give up between two portions. */
  readonly throwIfCancelled: () => void
  readonly onReached?: (stage: CopyStage) => void
}

/**
 * `held`: the copy will be of the state that the source has now, and its file can be written. `written`: every page is on the
 * disk, not yet read through.
 */
export type CopyStage = 'held' | 'written'

const pagesAtATime = 2048

/**
 * Copies a catalogue, also one that is being written, by SQLite's online backup; the copy is read through before it
 * gets its name, so that whatever has the name is whole.
 * @throws AppError CONFLICT when a file lies there, PRECONDITION when the source is damaged or no catalogue.
 */
export async function copyDatabase({
  source,
  target,
  throwIfCancelled,
  onReached = () => undefined,
}: CopyOptions): Promise<DatabaseCopy> {
  if (existsSync(target)) {
    throw new AppError(
      'CONFLICT',
      `There already is a file ${target}, and files are not overwritten. Choose another name.`,
      { details: { path: target } },
    )
  }
  await makeFolder(dirname(target))
  const temporary = nameTemporary(target)
  try {
    const rows = await copyPages({ source, target: temporary, throwIfCancelled, onReached })
    throwIfCancelled()
    const uuid = checkCopy({ source, copy: temporary, rows })
    await flush(temporary)
    const written = { bytes: (await stat(temporary)).size, sha256: await hashFile(temporary), rows, uuid }
    await rename(temporary, target)
    return written
  } catch (error) {
    throw mapCatalogueError(error, { action: 'write', path: target })
  } finally {
    for (const suffix of ['', '-journal', '-wal', '-shm'])
      // A failure stays what it was, when what it left cannot be removed.
      await rm(`${temporary}${suffix}`, { force: true }).catch(() => undefined)
  }
}

async function copyPages({
  source,
  target,
  throwIfCancelled,
  onReached,
}: Required<CopyOptions>): Promise<Record<string, number>> {
  let connection: BetterSqlite3.Database | undefined
  try {
    connection = new BetterSqlite3(source, { readonly: true, fileMustExist: true })
    connection.pragma('busy_timeout = 5000')
    connection.pragma('trusted_schema = OFF')
    checkCatalogue({ connection, file: source, migrations, isNew: false })
    // One state for counting and copying, whatever is written meanwhile.
    connection.exec('BEGIN')
    connection.prepare('SELECT count(*) FROM sqlite_schema').get()
    await connection.backup(target, {
      progress: () => {
        throwIfCancelled()
        onReached('held')
        return pagesAtATime
      },
    })
    await flush(target)
    onReached('written')
    return countRows(connection)
  } catch (error) {
    if (isOfWriting(error)) throw mapCatalogueError(error, { action: 'write', path: target })
    throw mapCatalogueError(error, { action: 'read', path: source })
  } finally {
    connection?.close()
  }
}

/** The source is only read. */
const isOfWriting = (error: unknown): boolean =>
  /^SQLITE_(?:FULL|IOERR_(?:WRITE|FSYNC|TRUNCATE))/.test(readSystemErrorCode(error) ?? '')

/** A fault of the copy is one of the source, which the pages came from, unless the counts say otherwise. */
function checkCopy(options: {
  readonly source: string
  readonly copy: string
  readonly rows: Readonly<Record<string, number>>
}): string | null {
  const connection = new BetterSqlite3(options.copy, { fileMustExist: true })
  try {
    // One plain file, which can be read from a disk that cannot be written.
    connection.pragma('journal_mode = DELETE')
    connection.pragma('trusted_schema = OFF')
    checkWholly({ connection, file: options.source })
    const counted = countRows(connection)
    const differing = Object.keys(options.rows).find((table) => counted[table] !== options.rows[table])
    if (differing !== undefined) {
      throw new AppError(
        'UNAVAILABLE',
        `The copy of ${options.source} is not the same as what was copied (table ${differing}). Check the disk it is written to.`,
        { details: { path: options.source, table: differing } },
      )
    }
    return connection.prepare<[], string>('SELECT uuid FROM project').pluck().get() ?? null
  } catch (error) {
    throw mapCatalogueError(error, { action: 'copy', path: options.source })
  } finally {
    connection.close()
  }
}

async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
