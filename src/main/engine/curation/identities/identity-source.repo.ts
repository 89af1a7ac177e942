import * as z from 'zod'
import { checks } from '#shared/domain/checks.ts'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'

const decodeImage = createRowDecoder({
  imageId: z.int(),
  datasetId: z.int(),
  identityId: z.int().nullable(),
  pixelSha256: z.string(),
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageYears: z.number().nullable(),
  ageBin: z.string().nullable(),
  nearGroup: z.int().nullable(),
})
export type SourceImage = ReturnType<typeof decodeImage>

/** What people are inferred from beside descriptors; for a worker's read-only connection. */
export class IdentitySourceRepo {
  readonly #images: Query<SourceImage>

  constructor(db: Db) {
    this.#images = db.prepareQuery(
      `SELECT i.id AS image_id, i.dataset_id, i.identity_id, i.pixel_sha256, i.race, i.gender, i.age_years, i.age_bin,
         s.group_id AS near_group
       FROM image i LEFT JOIN check_score s ON s.check_id = :nearDuplicate AND s.image_id = i.id
       WHERE i.status <> 'removed' ORDER BY i.id`,
      decodeImage,
    )
  }

  /** All that are not removed, by number; near copies as the last scan grouped them. */
  readImages(): SourceImage[] {
    return this.#images.all({ nearDuplicate: checks['near-duplicate'].code })
  }
}
