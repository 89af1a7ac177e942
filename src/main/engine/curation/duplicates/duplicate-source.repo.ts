import * as z from 'zod'
import { labelSchemeNames } from '#shared/domain/label-schemes.ts'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'

const decodeImage = createRowDecoder({
  imageId: z.int(),
  pixelSha256: z.string(),
  fileSha256: z.string(),
  high: z.int().nullable(),
  low: z.int().nullable(),
})
export type HashedImage = ReturnType<typeof decodeImage>

const decodeGrey = createRowDecoder({ grey: z.instanceof(Uint8Array) })
const decodeLabels = createRowDecoder({
  scheme: z.enum(labelSchemeNames),
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageYears: z.number().nullable(),
  ageBin: z.string().nullable(),
  status: z.string(),
})
export type CopyLabels = ReturnType<typeof decodeLabels>

const decodeBasis = createRowDecoder({ basis: z.string() })

/** What duplicates are found from; for a worker's read-only connection. */
export class DuplicateSourceRepo {
  readonly #images: Query<HashedImage>
  readonly #grey: Query<{ grey: Uint8Array }>
  readonly #labels: Query<CopyLabels>
  readonly #basis: Query<string>

  constructor(db: Db) {
    this.#images = db.prepareQuery(
      `SELECT i.id AS image_id, i.pixel_sha256, i.file_sha256,
         (m.phash >> 32) & 4294967295 AS high, m.phash & 4294967295 AS low
       FROM image i LEFT JOIN image_measure m ON m.image_id = i.id
       ORDER BY i.id`,
      decodeImage,
    )
    this.#grey = db.prepareQuery('SELECT grey FROM image_measure WHERE image_id = :imageId', decodeGrey)
    this.#labels = db.prepareQuery(
      `SELECT d.label_scheme AS scheme, i.race, i.gender, i.age_years, i.age_bin, i.status
       FROM image i JOIN dataset d ON d.id = i.dataset_id WHERE i.id = :imageId`,
      decodeLabels,
    )
    // Labels and removals only change with an event, hashes only with a measure of that version or a new image.
    this.#basis = db.prepareQuery(
      `SELECT json_array(
         (SELECT coalesce(max(id), 0) FROM image), (SELECT count(phash) FROM image_measure),
         (SELECT coalesce(max(id), 0) FROM label_event), (SELECT coalesce(max(id), 0) FROM decision),
         (SELECT coalesce(sum(version), 0) FROM image_measure)) AS basis`,
      (row) => decodeBasis(row).basis,
    )
  }

  images(): IterableIterator<HashedImage> {
    return this.#images.iterate()
  }

  grey(imageId: number): Uint8Array | null {
    return this.#grey.get({ imageId })?.grey ?? null
  }

  labels(imageId: number): CopyLabels {
    const labels = this.#labels.get({ imageId })
    if (labels === undefined) throw new Error(`No image ${imageId}`)
    return labels
  }

  /** Changes whenever the duplicates may have. */
  basis(): string {
    return this.#basis.get() ?? ''
  }
}
