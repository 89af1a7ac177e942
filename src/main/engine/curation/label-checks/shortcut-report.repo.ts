import * as z from 'zod'
import { timestamp } from '#shared/contract/base.contract.ts'
import { shortcutReport } from '#shared/contract/shortcut.contract.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder, jsonColumn } from '#engine/base/db/row-decoder.ts'

const stored = z.object({
  /** What it was worked out from. */
  facts: z.record(z.string(), z.union([z.number(), z.string()])),
  tasks: shortcutReport.shape.tasks,
})
const decodeReport = createRowDecoder({ version: z.int(), result: jsonColumn(stored), madeAt: timestamp })
export type StoredShortcuts = ReturnType<typeof decodeReport>

const name = 'shortcuts'

export class ShortcutReportRepo {
  readonly #find: Query<StoredShortcuts>
  readonly #put: Command

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
  }

  find(): StoredShortcuts | null {
    return this.#find.get({ name }) ?? null
  }

  put({ version, result, madeAt }: StoredShortcuts): void {
    this.#put.run({ name, version, result: JSON.stringify(result), madeAt })
  }
}
