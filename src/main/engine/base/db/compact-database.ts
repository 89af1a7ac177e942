import { setTimeout as delay } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import { mapCatalogueError } from './catalogue-error.ts'

const textIndexes = z.array(z.object({ name: z.string() }))
const checkpoint = z.array(z.object({ busy: z.int() })).min(1)

/** How long readers of an older state may take to end. */
const patienceMs = 30_000
const askAgainMs = 100

interface CompactOptions {
  readonly file: string
  readonly throwIfCancelled: () => void
}

/**
 * Writes a catalogue anew so that nothing is left in it, or in the log beside it, of what was deleted: free pages, free space
 * within pages, words in text indexes, pages in the log. Other connections may stay open; writing waits meanwhile.
 * @throws AppError UNAVAILABLE when somebody reads an older state all the time.
 */
export async function compactDatabase({ file, throwIfCancelled }: CompactOptions): Promise<void> {
  let connection: BetterSqlite3.Database | undefined
  try {
    connection = new BetterSqlite3(file, { fileMustExist: true })
    connection.pragma('busy_timeout = 30000')
    connection.pragma('trusted_schema = OFF')
    const broken = connection.pragma('foreign_key_check')
    if (Array.isArray(broken) && broken.length > 0)
      throw new Error(`${broken.length} rows refer to rows that were deleted`)
    // Deleting marks the words of a text index as gone, and only building it anew takes them out of it.
    const indexes = textIndexes.parse(
      connection
        .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%USING fts5%'`)
        .all(),
    )
    for (const { name } of indexes) connection.exec(`INSERT INTO "${name}" ("${name}") VALUES ('rebuild')`)
    throwIfCancelled()
    connection.exec('VACUUM')
    await emptyLog(connection, { file, throwIfCancelled })
  } catch (error) {
    throw mapCatalogueError(error, { action: 'write', path: file })
  } finally {
    connection?.close()
  }
}

async function emptyLog(
  connection: BetterSqlite3.Database,
  { file, throwIfCancelled }: CompactOptions,
): Promise<void> {
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += askAgainMs) {
    throwIfCancelled()
    const [{ busy } = { busy: 1 }] = checkpoint.parse(connection.pragma('wal_checkpoint(TRUNCATE)'))
    if (busy === 0) return
    await delay(askAgainMs)
  }
  throw new AppError(
    'UNAVAILABLE',
    `${file} is being read all the time, so that its log could not be emptied of what was erased. Close other programs that read it, then resume the job.`,
    { details: { path: file } },
  )
}
