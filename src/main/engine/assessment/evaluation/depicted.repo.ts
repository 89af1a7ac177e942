import * as z from 'zod'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'
import type { DepictedRow } from './domain/number-people.ts'

const decodeDepicted = createRowDecoder({
  imageId: z.int(),
  identity: z.int().nullable(),
  person: z.int().nullable(),
})

/** Who is in images, as far as the data set or an inference says. */
export class DepictedRepo {
  readonly #select: Query<DepictedRow>

  constructor(db: Db) {
    this.#select = db.prepareQuery(
      `SELECT i.id AS image_id, i.identity_id AS identity, p.person_id AS person
       FROM image i LEFT JOIN image_person p ON p.image_id = i.id
       WHERE i.id IN (SELECT value FROM json_each(:ids))`,
      decodeDepicted,
    )
  }

  find(imageIds: readonly number[]): DepictedRow[] {
    return this.#select.all({ ids: JSON.stringify(imageIds) })
  }
}
