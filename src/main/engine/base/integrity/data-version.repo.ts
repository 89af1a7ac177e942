import * as z from 'zod'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'

const decodeVersion = createRowDecoder({ dataVersion: z.int() })

/** SQLite's own word on whether another connection has written the catalogue. */
export class DataVersionRepo {
  readonly #read: Query<{ dataVersion: number }>

  constructor(db: Db) {
    this.#read = db.prepareQuery('PRAGMA data_version', decodeVersion)
  }

  read(): number {
    return this.#read.get()?.dataVersion ?? 0
  }
}
