import * as z from 'zod'
import { checks } from '#shared/domain/checks.ts'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'
import type { PooledImage } from '#engine/curation/identities/domain/find-shared.ts'

const decodeImage = createRowDecoder({
  imageId: z.int(),
  dataset: z.string(),
  path: z.string(),
  fileSha256: z.string(),
  pixelSha256: z.string(),
  nearGroup: z.int().nullable(),
  personId: z.int().nullable(),
})

/** Every image with what it may share with others; for a worker's read-only connection. */
export class SharedSourceRepo {
  readonly #images: Query<PooledImage>

  constructor(db: Db) {
    this.#images = db.prepareQuery(
      `SELECT i.id AS image_id, d.name AS dataset, i.path, i.file_sha256, i.pixel_sha256, s.group_id AS near_group,
         p.person_id
       FROM image i JOIN dataset d ON d.id = i.dataset_id
       LEFT JOIN check_score s ON s.check_id = :nearDuplicate AND s.image_id = i.id
       LEFT JOIN image_person p ON p.image_id = i.id
       WHERE i.status <> 'removed' ORDER BY i.id`,
      decodeImage,
    )
  }

  /** All that are not removed, by number. */
  readImages(): PooledImage[] {
    return this.#images.all({ nearDuplicate: checks['near-duplicate'].code })
  }
}
