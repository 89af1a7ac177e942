import * as z from 'zod'
import { timestamp } from '#shared/contract/base.contract.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder, jsonColumn } from '#engine/base/db/row-decoder.ts'

const decodeReport = createRowDecoder({
  version: z.int(),
  result: jsonColumn(z.unknown()),
  madeAt: timestamp,
})
/** What was found of the whole set, or how it was laid out; its maker knows the shape of the result. */
export type ScanReport = ReturnType<typeof decodeReport>

export class ScanReportRepo {
  readonly #find: Query<ScanReport>
  readonly #put: Command
  readonly #delete: Command

  constructor(db: Db) {
    this.#find = db.prepareQuery(
      'SELECT version, result, made_at FROM scan_report WHERE name = :name',
      decodeReport,
    )
    this.#put = db.prepareCommand(
      `INSERT INTO scan_report (name, version, result, made_at) VALUES (:name, :version, :result, :madeAt)
       ON CONFLICT (name) DO UPDATE
       SET version = excluded.version, result = excluded.result, made_at = excluded.made_at`,
    )
    this.#delete = db.prepareCommand('DELETE FROM scan_report WHERE name = :name')
  }

  find(name: string): ScanReport | undefined {
    return this.#find.get({ name })
  }

  put(name: string, { version, result, madeAt }: ScanReport): void {
    this.#put.run({ name, version, result: JSON.stringify(result), madeAt })
  }

  delete(name: string): void {
    this.#delete.run({ name })
  }
}
