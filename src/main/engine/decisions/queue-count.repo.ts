import * as z from 'zod'
import type { Db, Query } from '#engine/db/db.ts'
import { createRowDecoder } from '#engine/db/row-decoder.ts'

const decodeCounts = createRowDecoder({ total: z.int(), decided: z.int() })

/** How many findings a queue has, and how many of them are decided. */
export class QueueCountRepo {
  readonly #counts: Query<{ total: number; decided: number }>

  constructor(db: Db) {
    this.#counts = db.prepareQuery(
      `SELECT count(*) AS total,
         coalesce(sum(
           image.status = 'removed'
           OR EXISTS (
             SELECT 1 FROM review WHERE review.image_id = s.image_id AND review.check_id IN (0, s.check_id))), 0)
           AS decided
       FROM check_score s JOIN image ON image.id = s.image_id
       WHERE s.check_id = :checkCode AND s.is_flagged = 1`,
      decodeCounts,
    )
  }

  count(checkCode: number): { total: number; decided: number } {
    return this.#counts.get({ checkCode }) ?? { total: 0, decided: 0 }
  }
}
