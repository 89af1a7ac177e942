import type { Db } from '#engine/base/db/db.ts'
import { HeldRows } from '#engine/base/db/held-rows.ts'

/** What the history holds of images. */
export class HeldDecisionRepo {
  readonly rows: HeldRows

  constructor(db: Db) {
    this.rows = new HeldRows(db, [{ table: 'review' }, { table: 'decision' }])
  }
}
