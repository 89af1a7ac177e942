import * as z from 'zod'
import { timestamp } from '#shared/contract/base.contract.ts'
import { imageView, savedQueryId, type SavedQuery } from '#shared/contract/saved-query.contract.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder, jsonColumn } from '#engine/base/db/row-decoder.ts'

const decodeRow = createRowDecoder({
  id: savedQueryId,
  name: z.string(),
  query: jsonColumn(imageView),
  createdAt: timestamp,
  changedAt: timestamp,
})
const decodeSavedQuery = (row: unknown): SavedQuery => {
  const { query, ...saved } = decodeRow(row)
  return { ...saved, view: query }
}

interface StoredQuery {
  readonly name: string
  /** JSON of an image view. */
  readonly query: string
  readonly at: string
}

export class SavedQueryRepo {
  readonly #list: Query<SavedQuery>
  readonly #find: Query<SavedQuery>
  readonly #findByName: Query<SavedQuery>
  readonly #insert: Command
  readonly #update: Command
  readonly #delete: Command

  constructor(db: Db) {
    this.#list = db.prepareQuery(
      'SELECT * FROM saved_query ORDER BY name COLLATE NOCASE, id',
      decodeSavedQuery,
    )
    this.#find = db.prepareQuery('SELECT * FROM saved_query WHERE id = :id', decodeSavedQuery)
    this.#findByName = db.prepareQuery('SELECT * FROM saved_query WHERE name = :name', decodeSavedQuery)
    this.#insert = db.prepareCommand(
      'INSERT INTO saved_query (name, query, created_at, changed_at) VALUES (:name, :query, :at, :at)',
    )
    this.#update = db.prepareCommand(
      'UPDATE saved_query SET name = :name, query = :query, changed_at = :at WHERE id = :id',
    )
    this.#delete = db.prepareCommand('DELETE FROM saved_query WHERE id = :id')
  }

  list(): SavedQuery[] {
    return this.#list.all()
  }

  find(id: number): SavedQuery | undefined {
    return this.#find.get({ id })
  }

  findByName(name: string): SavedQuery | undefined {
    return this.#findByName.get({ name })
  }

  insert(stored: StoredQuery): number {
    return this.#insert.run({ ...stored }).lastId
  }

  update(id: number, stored: StoredQuery): void {
    this.#update.run({ id, ...stored })
  }

  delete(id: number): boolean {
    return this.#delete.run({ id }).changes > 0
  }
}
