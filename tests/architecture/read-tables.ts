import { readFileSync } from 'node:fs'
import { DatabaseSync, constants } from 'node:sqlite'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { imageColumns } from '#shared/domain/image-columns.ts'
import type { Db } from '#engine/base/db/db.ts'
import { migrations } from '#engine/base/db/migrations.ts'
import { ImageCellRepo } from '#engine/data/catalogue/image-cell.repo.ts'
import { SnapshotSourceRepo } from '#engine/data/snapshots/snapshot-source.repo.ts'
import { findRoom, listSources, repository } from './house.ts'

/** A room whose statement reads or writes a table. */
export interface Access {
  readonly room: string
  readonly table: string
  readonly kind: 'reads' | 'writes'
}

const kinds: Readonly<Record<number, Access['kind']>> = {
  [constants.SQLITE_READ]: 'reads',
  [constants.SQLITE_INSERT]: 'writes',
  [constants.SQLITE_UPDATE]: 'writes',
  [constants.SQLITE_DELETE]: 'writes',
}

/** A text index keeps its words in tables of its own. */
const indexTable = /_(config|content|data|docsize|idx)$/

/** An empty catalogue. SQLite itself tells what each statement touches: no reading of SQL by rule knows as much. */
export class TableReader {
  // What a foreign key looks up is the schema's, and no statement's.
  readonly #catalogue = new DatabaseSync(':memory:', { enableForeignKeyConstraints: false })
  readonly tables: readonly string[]
  /** By trigger, the table that it follows. */
  readonly #triggers: ReadonlyMap<string, string>

  constructor() {
    for (const { sql } of migrations) this.#catalogue.exec(sql)
    const list = (type: string) =>
      this.#catalogue
        .prepare(
          `SELECT name, tbl_name FROM sqlite_schema WHERE type = '${type}' AND name NOT LIKE 'sqlite_%'`,
        )
        .all()
        .map((row) => [String(row['name']), String(row['tbl_name'])] as const)
    this.tables = list('table').flatMap(([name]) => (indexTable.test(name) ? [] : [name]))
    this.#triggers = new Map(list('trigger'))
  }

  /** What a statement touches itself, and what triggers touch because of it. */
  #watch(
    prepare: () => void,
    touch: (table: string, kind: Access['kind'], triggerOn: string | null) => void,
  ): void {
    this.#catalogue.setAuthorizer((action, table, _column, _database, within) => {
      const kind = kinds[action]
      const name = table?.replace(indexTable, '') ?? ''
      // Within a subquery or a named part of a query, that name stands where a trigger's would.
      if (kind !== undefined && this.tables.includes(name))
        touch(name, kind, this.#triggers.get(within ?? '') ?? null)
      return constants.SQLITE_OK
    })
    prepare()
    this.#catalogue.setAuthorizer(null)
  }

  /** What a repo touches. */
  readRepo(open: (db: Db) => unknown): Omit<Access, 'room'>[] {
    const accesses: Omit<Access, 'room'>[] = []
    this.#watch(
      () => prepareLater(open(this.#imitateDb())),
      (table, kind, triggerOn) => {
        if (triggerOn === null) accesses.push({ table, kind })
      },
    )
    return accesses
  }

  /** What the repos of every room touch. */
  async readRepos(): Promise<Access[]> {
    const accesses: Access[] = []
    for (const file of listSources('src/main/engine/**/*.repo.ts')) {
      const room = findRoom(file) ?? ''
      const exported: unknown = await import(pathToFileURL(join(repository, file)).href)
      const repos = Object.values(Object(exported)).filter(isRepo)
      if (repos.length === 0) throw new Error(`${file} exports no class whose name ends in Repo`)
      for (const Repo of repos)
        accesses.push(...this.readRepo((db) => new Repo(db, '')).map((access) => ({ room, ...access })))
    }
    return accesses
  }

  /** Which tables the triggers on each table write to. */
  readTriggers(): { readonly on: string; readonly table: string }[] {
    const writes: { on: string; table: string }[] = []
    for (const on of this.tables) {
      const columns = this.#catalogue.prepare(`SELECT name FROM pragma_table_info('${on}')`).all()
      const set = columns.map(({ name }) => `${String(name)} = ${String(name)}`).join(', ')
      const all = [`INSERT INTO ${on} DEFAULT VALUES`, `UPDATE ${on} SET ${set}`, `DELETE FROM ${on}`]
      this.#watch(
        () => all.forEach((sql) => this.#catalogue.prepare(sql)),
        (table, kind, triggerOn) => {
          if (kind === 'writes' && triggerOn !== null && triggerOn !== table)
            writes.push({ on: triggerOn, table })
        },
      )
    }
    return writes
  }

  /** Prepares what a repo asks for, and answers nothing. */
  #imitateDb(): Db {
    return {
      file: '',
      prepareQuery: (sql) => {
        this.#catalogue.prepare(sql)
        return { get: () => undefined, all: () => [], iterate: () => [].values() }
      },
      prepareCommand: (sql) => {
        this.#catalogue.prepare(sql)
        return { run: () => ({ changes: 0, lastId: 0 }) }
      },
      transact: (work) => work(),
      transactUnreferenced: (work) => work(),
      close: () => undefined,
    }
  }
}

type RepoClass = new (db: Db, folder: string) => unknown
const isRepo = (value: unknown): value is RepoClass =>
  typeof value === 'function' && value.name.endsWith('Repo')

function prepareLater(repo: unknown): void {
  if (repo instanceof ImageCellRepo) repo.read([], { columns: imageColumns, splitId: null })
  if (repo instanceof SnapshotSourceRepo) repo.members(1)
}

/** Files of repos that prepare statements after they were opened: `prepareLater` has to have them do it. */
export const listLatePreparers = (): string[] =>
  listSources('src/main/engine/**/*.repo.ts').filter((file) =>
    /this[.]#db[.]prepare(Query|Command)/.test(readFileSync(join(repository, file), 'utf8')),
  )

/** Files of the engine that prepare statements and are no repos. */
export const listStatementsElsewhere = (): string[] =>
  listSources('src/main/engine/**/*.ts')
    .filter((file) => !file.endsWith('.repo.ts') && !file.startsWith('src/main/engine/base/db/'))
    .filter((file) => /prepare(Query|Command)\(/.test(readFileSync(join(repository, file), 'utf8')))
