import * as z from 'zod'
import { labelSchemeNames } from '#shared/domain/label-schemes.ts'
import type { Db, Query } from '#engine/db/db.ts'
import { createRowDecoder } from '#engine/db/row-decoder.ts'

const decodeImage = createRowDecoder({
  imageId: z.int(),
  dataset: z.string(),
  scheme: z.enum(labelSchemeNames),
  path: z.string(),
  fileSha256: z.string(),
  pixelSha256: z.string(),
  identity: z.int().nullable(),
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageBin: z.string().nullable(),
  ageYears: z.number().nullable(),
})
export type SplitSourceImage = ReturnType<typeof decodeImage>

/** What a split is planned from; read in a worker, because it is every image of the catalogue. */
export class SplitSourceRepo {
  readonly #select: Query<SplitSourceImage>

  constructor(db: Db) {
    this.#select = db.prepareQuery(
      `SELECT i.id AS image_id, d.name AS dataset, d.label_scheme AS scheme, i.path, i.file_sha256, i.pixel_sha256,
              i.identity_id AS identity, i.race, i.gender, i.age_bin, i.age_years
       FROM image i JOIN dataset d ON d.id = i.dataset_id
       WHERE i.status <> 'removed'
         AND (:datasets IS NULL OR i.dataset_id IN (SELECT value FROM json_each(:datasets)))`,
      decodeImage,
    )
  }

  /** @param datasets ids, or null for all */
  readImages(datasets: readonly number[] | null): SplitSourceImage[] {
    return this.#select.all({ datasets: datasets === null ? null : JSON.stringify(datasets) })
  }
}
