import * as z from 'zod'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'

const decodeImage = createRowDecoder({
  imageId: z.int(),
  dataset: z.string(),
  path: z.string(),
  fileSha256: z.string(),
  pixelSha256: z.string(),
  identity: z.int().nullable(),
  groupKey: z.string(),
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageBin: z.string().nullable(),
})
export type FoldSourceImage = ReturnType<typeof decodeImage>

/** What folds are planned from: a split's train and validation parts with the split's labels. The test part stays sealed. */
export class FoldSourceRepo {
  readonly #select: Query<FoldSourceImage>

  constructor(db: Db) {
    this.#select = db.prepareQuery(
      `SELECT m.image_id, d.name AS dataset, i.path, i.file_sha256, i.pixel_sha256, i.identity_id AS identity,
              m.group_key, m.race, m.gender, m.age_bin
       FROM split_member m JOIN image i ON i.id = m.image_id JOIN dataset d ON d.id = i.dataset_id
       WHERE m.split_id = :splitId AND m.part IN ('train', 'val')`,
      decodeImage,
    )
  }

  readImages(splitId: number): FoldSourceImage[] {
    return this.#select.all({ splitId })
  }
}
