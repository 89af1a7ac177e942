import * as z from 'zod'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'

const decodeCounts = createRowDecoder({ total: z.int(), open: z.int() })

/** How many findings a queue has, and how many of them are decided. */
export class QueueCountRepo {
  readonly #counts: Query<{ total: number; open: number }>

  constructor(db: Db) {
    this.#counts = db.prepareQuery(
      `SELECT
         (SELECT count(*) FROM check_score INDEXED BY check_score_flagged
          WHERE check_id = :checkCode AND is_flagged = 1) AS total,
         (SELECT count(*) FROM check_score INDEXED BY check_score_open
          WHERE check_id = :checkCode AND is_flagged = 1 AND is_decided = 0) AS open`,
      decodeCounts,
    )
  }

  count(checkCode: number): { total: number; decided: number } {
    const { total, open } = this.#counts.get({ checkCode }) ?? { total: 0, open: 0 }
    return { total, decided: total - open }
  }
}
