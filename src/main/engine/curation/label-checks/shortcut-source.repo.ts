import * as z from 'zod'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder, decodeCount, jsonColumn } from '#engine/base/db/row-decoder.ts'

const decodeProperties = createRowDecoder({
  imageId: z.int(),
  width: z.int(),
  height: z.int(),
  bytes: z.int(),
  measures: jsonColumn(z.record(z.string(), z.unknown())),
})
export type ImageProperties = ReturnType<typeof decodeProperties>

/** What is known of images apart from what they show. */
export class ShortcutSourceRepo {
  readonly #properties: Query<ImageProperties>
  readonly #measured: Query<number>

  constructor(db: Db) {
    this.#properties = db.prepareQuery(
      `SELECT i.id AS image_id, i.width, i.height, i.bytes, m.measures
       FROM image i JOIN image_measure m ON m.image_id = i.id
       WHERE m.measures IS NOT NULL ORDER BY i.id`,
      decodeProperties,
    )
    this.#measured = db.prepareQuery(
      'SELECT count(*) AS count FROM image_measure WHERE measures IS NOT NULL',
      decodeCount,
    )
  }

  /** In ascending order of the images. */
  readProperties(): ImageProperties[] {
    return this.#properties.all()
  }

  countMeasured(): number {
    return this.#measured.get() ?? 0
  }
}
