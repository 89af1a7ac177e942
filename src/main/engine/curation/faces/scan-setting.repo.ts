import * as z from 'zod'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'

const decodeSetting = createRowDecoder({ value: z.string() })
const detector = 'detector'

/** What looked for the faces of this project last. */
export class ScanSettingRepo {
  readonly #find: Query<{ value: string }>
  readonly #put: Command
  readonly #delete: Command

  constructor(db: Db) {
    this.#find = db.prepareQuery('SELECT value FROM scan_setting WHERE name = :name', decodeSetting)
    this.#put = db.prepareCommand(
      `INSERT INTO scan_setting (name, value) VALUES (:name, :value)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    )
    this.#delete = db.prepareCommand('DELETE FROM scan_setting WHERE name = :name')
  }

  /** `tiny`, or the absolute path of a file of the user's own; null for the default detector. */
  findDetector(): string | null {
    return this.#find.get({ name: detector })?.value ?? null
  }

  setDetector(value: string | null): void {
    if (value === null) this.#delete.run({ name: detector })
    else this.#put.run({ name: detector, value })
  }
}
