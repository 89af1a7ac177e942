import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { AppError } from '#shared/contract/errors.ts'
import { migrations, type Migration } from '#engine/base/db/migrations.ts'
import { openDatabase } from '#engine/base/db/open-database.ts'
import { makeTemporaryFolder } from '#tests/fixtures/folders.ts'
import { createMemoryLogger } from '#tests/fixtures/logs.ts'

const snapshot = join(import.meta.dirname, '../../../../../src/main/engine/base/db/schema.snapshot.sql')

const open = (file: string, list: readonly Migration[] = migrations) =>
  openDatabase({ file, now: () => Date.UTC(2026, 0, 2), logger: createMemoryLogger(), migrations: list })

function readPragma(file: string, name: string): unknown {
  const connection = new BetterSqlite3(file)
  try {
    return connection.pragma(name, { simple: true })
  } finally {
    connection.close()
  }
}

/** The schema as SQL in a stable order. */
function describeSchema(file: string): string {
  const connection = new BetterSqlite3(file)
  const statements = connection
    .prepare<[], string>(
      `SELECT sql FROM sqlite_schema
       WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
       ORDER BY tbl_name, CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 ELSE 2 END, name`,
    )
    .pluck()
    .all()
  connection.close()
  return `${statements.map((sql) => `${sql};`).join('\n\n')}\n`
}

function catchAppError(work: () => unknown): AppError {
  try {
    work()
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('Nothing was thrown')
}

const adviseToCopy = (folder: string) =>
  `There is no copy of it in ${join(folder, 'backups')}. With a copy of your own: evenhand restore FILE --project ${folder}`

const person: Migration = {
  version: 10,
  name: 'person',
  sql: 'CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT; CREATE TABLE pet (owner_id INTEGER REFERENCES person (id)) STRICT',
}
const readPersons = (file: string) => new BetterSqlite3(file).prepare('SELECT * FROM person').all()

const born: Migration = { version: 20, name: 'born', sql: 'ALTER TABLE person ADD COLUMN born INTEGER' }

describe('migrations', () => {
  it('end in the schema of schema.snapshot.sql (after a change: vitest run --project integration migrate.test.ts -u)', async () => {
    using folder = makeTemporaryFolder()
    const file = join(folder.path, 'catalogue.sqlite')
    open(file).close()
    await expect(describeSchema(file)).toMatchFileSnapshot(snapshot)
  })

  it('are numbered in tens, rising', () => {
    const versions = migrations.map(({ version }) => version)
    expect(versions.filter((version) => version % 10 !== 0)).toEqual([])
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b))
  })

  it('mark the file as an Evenhand catalogue of the newest version', () => {
    using folder = makeTemporaryFolder()
    const file = join(folder.path, 'catalogue.sqlite')
    open(file).close()
    expect([readPragma(file, 'application_id'), readPragma(file, 'user_version')]).toEqual([
      0x45_56_4e_48,
      migrations.at(-1)?.version,
    ])
  })

  it('keep the rows of an older catalogue and leave a copy of it in its backups', () => {
    using folder = makeTemporaryFolder()
    const file = join(folder.path, 'catalogue.sqlite')
    const older = open(file, [person])
    older.prepareCommand(`INSERT INTO person (name) VALUES ('Ada')`).run()
    older.close()

    open(file, [person, born]).close()

    const backups = readdirSync(join(folder.path, 'backups'))
    expect(backups).toEqual(['catalogue.before-upgrade-of-v10.2026-01-02T00-00-00.000Z.sqlite'])
    const backup = join(folder.path, 'backups', backups[0] ?? '')
    expect([readPersons(file), readPersons(backup)]).toEqual([
      [{ id: 1, name: 'Ada', born: null }],
      [{ id: 1, name: 'Ada' }],
    ])
    expect(readPragma(backup, 'user_version')).toBe(10)
  })

  it('run all or none: a failing one leaves the catalogue as it was', () => {
    using folder = makeTemporaryFolder()
    const file = join(folder.path, 'catalogue.sqlite')
    open(file, [person]).close()
    const broken: Migration = {
      version: 30,
      name: 'broken',
      sql: 'ALTER TABLE nobody ADD COLUMN born INTEGER',
    }
    expect(() => open(file, [person, born, broken])).toThrow('nobody')
    expect(readPragma(file, 'user_version')).toBe(10)
    expect(new BetterSqlite3(file).pragma('table_info(person)')).toHaveLength(2)
  })

  it('that would leave a broken reference are refused', () => {
    using folder = makeTemporaryFolder()
    const file = join(folder.path, 'catalogue.sqlite')
    open(file, [person]).close()
    const orphan: Migration = { version: 20, name: 'orphan', sql: 'INSERT INTO pet (owner_id) VALUES (99)' }
    expect(() => open(file, [person, orphan])).toThrow('1 rows with a broken reference')
    expect(readPragma(file, 'user_version')).toBe(10)
  })

  it('never touch a catalogue from a newer version, and say what to do', () => {
    using folder = makeTemporaryFolder()
    const file = join(folder.path, 'catalogue.sqlite')
    open(file, [person, born]).close()
    expect(catchAppError(() => open(file, [person]))).toMatchObject({
      code: 'PRECONDITION',
      message: `${file} was written by a newer Evenhand (catalogue version 20; this one reads up to 10). Update Evenhand to open it.`,
    })
    expect(readPragma(file, 'user_version')).toBe(20)
  })

  it('never touch the database of another program', () => {
    using folder = makeTemporaryFolder()
    const file = join(folder.path, 'catalogue.sqlite')
    new BetterSqlite3(file).exec('CREATE TABLE bookmark (url TEXT)').close()
    const before = readFileSync(file)
    expect(catchAppError(() => open(file))).toMatchObject({
      code: 'PRECONDITION',
      message: `${file} is a SQLite database, but not an Evenhand catalogue. ${adviseToCopy(folder.path)}`,
    })
    expect(readFileSync(file)).toEqual(before)
  })

  it('refuse a file that is no database, naming it', () => {
    using folder = makeTemporaryFolder()
    const file = join(folder.path, 'catalogue.sqlite')
    writeFileSync(file, 'This is a letter, not a database. '.repeat(100))
    expect(catchAppError(() => open(file))).toMatchObject({
      code: 'PRECONDITION',
      message: `Cannot open ${file}: it is not a database. Bring back a copy of it. ${adviseToCopy(folder.path)}`,
    })
  })
})
