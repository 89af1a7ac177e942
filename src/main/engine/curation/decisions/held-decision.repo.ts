import * as z from 'zod'
import type { Db, Query } from '#engine/base/db/db.ts'
import { HeldRows } from '#engine/base/db/held-rows.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'

const decodeAct = createRowDecoder({ id: z.int(), title: z.string(), actor: z.string() })

/** What the history holds of images. */
export class HeldDecisionRepo {
  readonly rows: HeldRows
  readonly #acts: Query<ReturnType<typeof decodeAct>>

  constructor(db: Db) {
    this.rows = new HeldRows(db, [{ table: 'review' }, { table: 'decision', isBuiltOn: true }])
    this.#acts = db.prepareQuery(
      `SELECT id, title, actor FROM act
       WHERE id IN (SELECT act_id FROM decision WHERE image_id IN (SELECT value FROM json_each(:ids)))
       ORDER BY id DESC`,
      decodeAct,
    )
  }

  /** The acts that decided something about these images, newest first; what was undone stays in the history. */
  describe(imageIds: readonly number[]): string[] {
    return this.#acts
      .all({ ids: JSON.stringify(imageIds) })
      .map(({ id, title, actor }) => `act ${id} ("${title}", by ${actor})`)
  }
}
