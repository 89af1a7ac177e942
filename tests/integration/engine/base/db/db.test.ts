import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import * as z from 'zod'
import { describe, expect, it } from 'vitest'
import { createDb, type Db } from '#engine/base/db/db.ts'
import { openDatabase } from '#engine/base/db/open-database.ts'
import { readCatalogue } from '#engine/base/db/read-catalogue.ts'
import { booleanColumn, createRowDecoder, decodeCount, jsonColumn } from '#engine/base/db/row-decoder.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { createMemoryLogger } from '#tests/fixtures/logs.ts'

function openNotes(folder: string, logger = createMemoryLogger()) {
  const db = openDatabase({
    file: join(folder, 'catalogue.sqlite'),
    now: () => 0,
    logger,
    migrations: [
      {
        version: 10,
        name: 'note',
        sql: `CREATE TABLE note (
          id INTEGER PRIMARY KEY, body_text TEXT NOT NULL, is_done INTEGER NOT NULL, tags TEXT NOT NULL,
          parent_id INTEGER REFERENCES note (id)
        ) STRICT`,
      },
    ],
  })
  const decode = createRowDecoder({
    id: z.int(),
    bodyText: z.string(),
    isDone: booleanColumn,
    tags: jsonColumn(z.array(z.string())),
  })
  const insert = db.prepareCommand(
    'INSERT INTO note (body_text, is_done, tags, parent_id) VALUES (:bodyText, :isDone, :tags, :parentId)',
  )
  const add = (
    bodyText: string,
    { tags = '[]', parentId = null }: { tags?: string; parentId?: number | null } = {},
  ) => insert.run({ bodyText, isDone: 1, tags, parentId })
  const all = db.prepareQuery('SELECT * FROM note ORDER BY id', decode)
  return { db, add, all }
}

describe('the database', () => {
  it('is opened with a log ahead, references checked, and functions in its schema distrusted', () => {
    using folder = makeTemporaryFolder()
    const { db } = openNotes(folder.path)
    const read = (name: string) =>
      db
        .prepareQuery(
          `SELECT * FROM pragma_${name}`,
          (row) => Object.values(z.record(z.string(), z.unknown()).parse(row))[0],
        )
        .get()
    expect(['journal_mode', 'synchronous', 'foreign_keys', 'trusted_schema'].map(read)).toEqual([
      'wal',
      1,
      1,
      0,
    ])
    db.close()
  })

  it('gives rows in camelCase, with truth and JSON read', () => {
    using folder = makeTemporaryFolder()
    const { db, add, all } = openNotes(folder.path)
    expect(add('one', { tags: '["a","b"]' })).toEqual({ changes: 1, lastId: 1 })
    expect(all.all()).toEqual([{ id: 1, bodyText: 'one', isDone: true, tags: ['a', 'b'] }])
    expect([...all.iterate()]).toEqual(all.all())
    db.close()
  })

  it('refuses a row whose JSON does not fit', () => {
    using folder = makeTemporaryFolder()
    const { db, add, all } = openNotes(folder.path)
    add('one', { tags: '[1]' })
    expect(() => all.all()).toThrow(z.ZodError)
    db.close()
  })

  it('undoes a transaction that throws, and the inner one alone when it is caught', () => {
    using folder = makeTemporaryFolder()
    const { db, add, all } = openNotes(folder.path)
    expect(() =>
      db.transact(() => {
        add('lost')
        throw new Error('changed my mind')
      }),
    ).toThrow('changed my mind')
    db.transact(() => {
      add('kept')
      const inner = () =>
        db.transact(() => {
          add('dropped')
          throw new Error('inner')
        })
      expect(inner).toThrow('inner')
    })
    expect(all.all().map(({ bodyText }) => bodyText)).toEqual(['kept'])
    db.close()
  })

  it('refuses a broken reference, as an erasure beside long work leaves one, as a conflict', () => {
    using folder = makeTemporaryFolder()
    const { db, add } = openNotes(folder.path)
    expect(() => add('orphan', { parentId: 77 })).toThrow(
      expect.objectContaining({
        code: 'CONFLICT',
        message: expect.stringContaining('erased or written meanwhile'),
      }),
    )
    db.close()
  })

  it('says of what comes after its end that the project was closed', () => {
    using folder = makeTemporaryFolder()
    const { db, add, all } = openNotes(folder.path)
    add('kept')
    db.close()
    const closed = expect.objectContaining({
      code: 'CANCELLED',
      message: expect.stringContaining('was closed'),
    })
    expect(() => add('late')).toThrow(closed)
    expect(() => all.all()).toThrow(closed)
    expect(() => db.transact(() => 1)).toThrow(closed)
  })

  it('says that the disk is full, where, and what to do', () => {
    using folder = makeTemporaryFolder()
    const file = join(folder.path, 'catalogue.sqlite')
    const connection = new BetterSqlite3(file)
    connection.exec('CREATE TABLE big (bytes BLOB)')
    connection.pragma('max_page_count = 4')
    const db = createDb({ connection, file, onSlow: () => undefined })
    const insert = db.prepareCommand('INSERT INTO big VALUES (zeroblob(100000))')
    const expected = {
      code: 'UNAVAILABLE',
      message: `Cannot use ${file}: the disk is full. Free some space, then try again.`,
    }
    expect(() => insert.run()).toThrow(expect.objectContaining(expected))
    db.close()
  })

  it('logs a statement slower than 40 ms', () => {
    using folder = makeTemporaryFolder()
    const logger = createMemoryLogger()
    const { db } = openNotes(folder.path, logger)
    const sql =
      'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT count(*) AS count FROM n'
    const decode = createRowDecoder({ count: z.int() })
    expect(db.prepareQuery(sql, decode).get()).toEqual({ count: 3_000_000 })
    expect(logger.lines).toEqual([
      { level: 'warn', message: 'Slow statement', details: { sql, milliseconds: expect.any(Number) } },
    ])
    db.close()
  })

  it('is read on a connection of its own that cannot write and is closed however the reading ends', async () => {
    using folder = makeTemporaryFolder()
    const { db, add } = openNotes(folder.path)
    add('one')
    const opened: Db[] = []
    const count = (reader: Db): number | undefined =>
      reader.prepareQuery('SELECT count(*) AS count FROM note', decodeCount).get()
    const counted = await readCatalogue(db.file, (reader) => {
      opened.push(reader)
      return count(reader)
    })
    expect(counted).toBe(1)
    const emptied = readCatalogue(db.file, (reader) => {
      opened.push(reader)
      reader.prepareCommand('DELETE FROM note').run()
    })
    await expect(emptied).rejects.toMatchObject({ code: 'PRECONDITION' })
    for (const reader of opened) expect(() => count(reader)).toThrow('was closed')
    expect(count(db)).toBe(1)
    db.close()
  })
})
