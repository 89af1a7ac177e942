import BetterSqlite3 from 'better-sqlite3'
import { readSystemErrorCode } from '#engine/base/kernel/system-error.ts'

/**
 * Which images of a copy were erased from the catalogue that it is to replace; none where that one cannot be read, or either
 * is older than erasing.
 */
export function findReturning({
  catalogue,
  copy,
}: {
  readonly catalogue: string
  readonly copy: string
}): number[] {
  const pixels = read(
    catalogue,
    'SELECT json_group_array(lower(hex(pixel_sha256))) FROM erased_image',
    [],
  ).map(String)
  const ids = pixels.flatMap((hashes) =>
    read(copy, 'SELECT id FROM image WHERE pixel_sha256 IN (SELECT value FROM json_each(?)) ORDER BY id', [
      hashes,
    ]),
  )
  return ids.map(Number)
}

function read(file: string, sql: string, values: readonly string[]): unknown[] {
  let connection: BetterSqlite3.Database | undefined
  try {
    connection = new BetterSqlite3(file, { readonly: true, fileMustExist: true })
    connection.pragma('trusted_schema = OFF')
    return connection
      .prepare<string[]>(sql)
      .pluck()
      .all(...values)
  } catch (error) {
    // Whatever keeps it from being read is no reason against the restore that was asked for.
    if (readSystemErrorCode(error)?.startsWith('SQLITE_') === true) return []
    throw error
  } finally {
    connection?.close()
  }
}
