import * as z from 'zod'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'
import type { ReviewState } from '#engine/curation/decisions/domain/plan-decision.ts'

const decodeReview = createRowDecoder({
  imageId: z.int(),
  checkId: z.int(),
  state: z.enum(['kept', 'relabelled']),
})
const decodeId = createRowDecoder({ imageId: z.int() })

/** Which findings of which images have been answered, and which images a check holds together. */
export class ReviewRepo {
  readonly #reviews: Query<ReturnType<typeof decodeReview>>
  readonly #group: Query<{ imageId: number }>
  readonly #put: Command
  readonly #delete: Command

  constructor(db: Db) {
    this.#reviews = db.prepareQuery(
      'SELECT image_id, check_id, state FROM review WHERE image_id IN (SELECT value FROM json_each(:ids))',
      decodeReview,
    )
    this.#group = db.prepareQuery(
      'SELECT image_id FROM check_score WHERE check_id = :checkCode AND group_id = :groupId ORDER BY image_id',
      decodeId,
    )
    this.#put = db.prepareCommand(
      'INSERT OR REPLACE INTO review (image_id, check_id, state) VALUES (:imageId, :checkCode, :state)',
    )
    this.#delete = db.prepareCommand('DELETE FROM review WHERE image_id = :imageId AND check_id = :checkCode')
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

  /** Members of a group of a check, in the order of their ids. */
  groupMembers(checkCode: number, groupId: number): number[] {
    return this.#group.all({ checkCode, groupId }).map(({ imageId }) => imageId)
  }

  put(imageId: number, checkCode: number | null, state: string | null): void {
    if (state === null) this.#delete.run({ imageId, checkCode })
    else this.#put.run({ imageId, checkCode, state })
  }
}
