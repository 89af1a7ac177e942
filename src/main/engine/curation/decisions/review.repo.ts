import * as z from 'zod'
import type { Db, Query } from '#engine/base/db/db.ts'
import { booleanColumn, createRowDecoder } from '#engine/base/db/row-decoder.ts'
import { prepareForEach, type RunForEach } from '#engine/base/db/run-for-each.ts'
import type { ReviewState } from '#engine/curation/decisions/domain/plan-decision.ts'

const decodeReview = createRowDecoder({
  imageId: z.int(),
  checkId: z.int(),
  state: z.enum(['kept', 'relabelled']),
})
const decodeCompanion = createRowDecoder({
  imageId: z.int(),
  checkId: z.int(),
  other: z.int(),
  isRemoved: booleanColumn,
})
/** An image and another, or itself, in the same group of a check. */
type Companion = ReturnType<typeof decodeCompanion>

/** Which findings of which images have been answered, and which images a check holds together. */
export class ReviewRepo {
  readonly #reviews: Query<ReturnType<typeof decodeReview>>
  readonly #companions: Query<Companion>
  readonly #put: RunForEach
  readonly #delete: RunForEach

  constructor(db: Db) {
    this.#reviews = db.prepareQuery(
      'SELECT image_id, check_id, state FROM review WHERE image_id IN (SELECT value FROM json_each(:ids))',
      decodeReview,
    )
    // CROSS JOIN: SQLite would rather begin with every group of a check than with the few images that are asked for.
    this.#companions = db.prepareQuery(
      `SELECT s.image_id, s.check_id, t.image_id AS other, i.status = 'removed' AS is_removed
       FROM json_each(:ids) e
         CROSS JOIN json_each(:codes) c
         CROSS JOIN check_score s ON s.check_id = c.value AND s.image_id = e.value AND s.group_id IS NOT NULL
         CROSS JOIN check_score t INDEXED BY check_score_by_group ON t.check_id = s.check_id AND t.group_id = s.group_id
         JOIN image i ON i.id = t.image_id`,
      decodeCompanion,
    )
    const put = 'INSERT OR REPLACE INTO review (image_id, check_id, state)'
    this.#put = prepareForEach(db, {
      one: `${put} VALUES (:id, :checkCode, :state)`,
      many: `${put} SELECT value, :checkCode, :state FROM json_each(:ids)`,
    })
    const remove = 'DELETE FROM review WHERE check_id = :checkCode'
    this.#delete = prepareForEach(db, {
      one: `${remove} AND image_id = :id`,
      many: `${remove} AND image_id IN (SELECT value FROM json_each(:ids))`,
    })
  }

  /** By image id, the closed queues by the code of their check. */
  read(ids: readonly number[]): Map<number, ReadonlyMap<number, ReviewState>> {
    const reviews = new Map<number, Map<number, ReviewState>>()
    for (const { imageId, checkId, state } of this.#reviews.all({ ids: JSON.stringify(ids) })) {
      const ofImage = reviews.get(imageId) ?? new Map<number, ReviewState>()
      reviews.set(imageId, ofImage.set(checkId, state))
    }
    return reviews
  }

  /** Every member of the groups, of these checks, that the images are in. */
  companions(ids: readonly number[], codes: readonly number[]): Companion[] {
    return this.#companions.all({ ids: JSON.stringify(ids), codes: JSON.stringify(codes) })
  }

  put(imageIds: readonly number[], checkCode: number | null, state: string | null): void {
    if (state === null) this.#delete(imageIds, { checkCode })
    else this.#put(imageIds, { checkCode, state })
  }
}
