import * as z from 'zod'
import { sha256 } from '#shared/contract/base.contract.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'

const decodeFile = createRowDecoder({ path: z.string(), sha256, basis: z.enum(['written', 'vouched']) })
export type StoredFileRow = ReturnType<typeof decodeFile>

/** What files hashed to when they were written. */
export class StoredFileRepo {
  readonly #find: Query<StoredFileRow>
  readonly #list: Query<StoredFileRow>
  readonly #put: Command
  readonly #remove: Command

  constructor(db: Db) {
    this.#find = db.prepareQuery('SELECT * FROM stored_file WHERE path = :path', decodeFile)
    this.#list = db.prepareQuery('SELECT * FROM stored_file ORDER BY path', decodeFile)
    this.#put = db.prepareCommand(
      `INSERT INTO stored_file (path, sha256, basis, recorded_at) VALUES (:path, :sha256, :basis, :recordedAt)
       ON CONFLICT (path) DO UPDATE
       SET sha256 = excluded.sha256, basis = excluded.basis, recorded_at = excluded.recorded_at`,
    )
    this.#remove = db.prepareCommand('DELETE FROM stored_file WHERE path = :path')
  }

  find(path: string): StoredFileRow | undefined {
    return this.#find.get({ path })
  }

  list(): StoredFileRow[] {
    return this.#list.all()
  }

  put(row: StoredFileRow & { readonly recordedAt: string }): void {
    this.#put.run({ ...row })
  }

  remove(path: string): void {
    this.#remove.run({ path })
  }
}
