import type { Db } from '#engine/base/db/db.ts'
import { HeldRows } from '#engine/base/db/held-rows.ts'

/** Which images are of one person. */
export class PersonRepo {
  readonly held: HeldRows

  constructor(db: Db) {
    this.held = new HeldRows(db, [
      { table: 'identity_proposal' },
      { table: 'identity_proposal', column: 'other_id' },
      { table: 'identity_cluster', within: 'run_id IN (SELECT id FROM identity_run)' },
      { table: 'identity_act_image', isBuiltOn: true },
      { table: 'image_person' },
    ])
  }
}
