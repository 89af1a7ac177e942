import * as z from 'zod'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'

const imageShape = {
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
}
const decodeImage = createRowDecoder(imageShape)
export type FoldSourceImage = ReturnType<typeof decodeImage>
const decodeFolded = createRowDecoder({ ...imageShape, fold: z.int() })
export type FoldedImage = ReturnType<typeof decodeFolded>

/** What folds are planned from: a split's train and validation parts with the split's labels. The test part stays sealed. */
export class FoldSourceRepo {
  readonly #select: Query<FoldSourceImage>
  readonly #selectFolded: Query<FoldedImage>

  constructor(db: Db) {
    const columns = `m.image_id, d.name AS dataset, i.path, i.file_sha256, i.pixel_sha256, i.identity_id AS identity,
              m.group_key, m.race, m.gender, m.age_bin`
    this.#select = db.prepareQuery(
      `SELECT ${columns}
       FROM split_member m JOIN image i ON i.id = m.image_id JOIN dataset d ON d.id = i.dataset_id
       WHERE m.split_id = :splitId AND m.part IN ('train', 'val')`,
      decodeImage,
    )
    this.#selectFolded = db.prepareQuery(
      `SELECT ${columns}, f.fold
       FROM crossval_member f
       JOIN crossval c ON c.id = f.crossval_id
       JOIN split_member m ON m.split_id = c.split_id AND m.image_id = f.image_id
       JOIN image i ON i.id = m.image_id
       JOIN dataset d ON d.id = i.dataset_id
       WHERE f.crossval_id = :crossvalId`,
      decodeFolded,
    )
  }

  /** The images of stored folds, with the fold of each. */
  readFolded(crossvalId: number): FoldedImage[] {
    return this.#selectFolded.all({ crossvalId })
  }

  readImages(splitId: number): FoldSourceImage[] {
    return this.#select.all({ splitId })
  }
}
