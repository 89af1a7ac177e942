import * as z from 'zod'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'
import type { SnapshotMember } from '#engine/data/snapshots/domain/compare-members.ts'

const labelColumns = {
  imageId: z.int(),
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageYears: z.number().nullable(),
  ageBin: z.string().nullable(),
}
const decodeSource = createRowDecoder({
  ...labelColumns,
  dataset: z.string(),
  path: z.string(),
  fileSha256: z.string(),
  identityId: z.int().nullable(),
  identity: z.string().nullable(),
})
export type SnapshotSourceImage = ReturnType<typeof decodeSource>
const decodeMember = createRowDecoder({ ...labelColumns, identity: z.string().nullable() })
const decodePlace = createRowDecoder({ imageId: z.int(), dataset: z.string(), path: z.string() })
export type ImagePlace = ReturnType<typeof decodePlace>

/** What snapshots are made of and compared by; read in a worker, because it is every image of the catalogue. */
export class SnapshotSourceRepo {
  readonly #images: Query<SnapshotSourceImage>
  readonly #db: Db
  readonly #present: Query<SnapshotMember>
  readonly #sealed: Query<SnapshotSourceImage>
  readonly #places: Query<ImagePlace>

  constructor(db: Db) {
    this.#images = db.prepareQuery(
      `SELECT i.id AS image_id, d.name AS dataset, i.path, i.file_sha256, i.race, i.gender, i.age_years, i.age_bin,
              i.identity_id, identity.name AS identity
       FROM image i
       JOIN dataset d ON d.id = i.dataset_id
       LEFT JOIN identity ON identity.id = i.identity_id
       WHERE i.status <> 'removed'
       ORDER BY d.name, i.path`,
      decodeSource,
    )
    this.#db = db
    this.#sealed = db.prepareQuery(
      `SELECT m.image_id, d.name AS dataset, i.path, i.file_sha256, m.race, m.gender, m.age_years, m.age_bin,
              m.identity_id, identity.name AS identity
       FROM snapshot_member m
       JOIN image i ON i.id = m.image_id
       JOIN dataset d ON d.id = i.dataset_id
       LEFT JOIN identity ON identity.id = m.identity_id
       WHERE m.snapshot_id = :snapshotId
       ORDER BY d.name, i.path`,
      decodeSource,
    )
    this.#present = db.prepareQuery(
      `SELECT i.id AS image_id, i.race, i.gender, i.age_years, i.age_bin, identity.name AS identity
       FROM image i LEFT JOIN identity ON identity.id = i.identity_id
       WHERE i.status <> 'removed'
       ORDER BY i.id`,
      decodeMember,
    )
    this.#places = db.prepareQuery(
      `SELECT i.id AS image_id, d.name AS dataset, i.path
       FROM image i JOIN dataset d ON d.id = i.dataset_id
       WHERE i.id IN (SELECT value FROM json_each(:ids))`,
      decodePlace,
    )
  }

  /** Every image that is not removed, by data set and path, as one consistent state. */
  images(): IterableIterator<SnapshotSourceImage> {
    return this.#images.iterate()
  }

  /** The images of a snapshot as it holds them, in the order that it was hashed in. */
  sealedImages(snapshotId: number): IterableIterator<SnapshotSourceImage> {
    return this.#sealed.iterate({ snapshotId })
  }

  /** In the order of image ids. @param snapshotId null for the catalogue as it is now */
  members(snapshotId: number | null): IterableIterator<SnapshotMember> {
    if (snapshotId === null) return this.#present.iterate()
    // Two snapshots are read side by side, and a statement cannot be open twice.
    const members = this.#db.prepareQuery(
      `SELECT m.image_id, m.race, m.gender, m.age_years, m.age_bin, identity.name AS identity
       FROM snapshot_member m LEFT JOIN identity ON identity.id = m.identity_id
       WHERE m.snapshot_id = :snapshotId
       ORDER BY m.image_id`,
      decodeMember,
    )
    return members.iterate({ snapshotId })
  }

  places(ids: readonly number[]): Map<number, ImagePlace> {
    return new Map(
      this.#places.all({ ids: JSON.stringify(ids) }).map((place) => [place.imageId, place] as const),
    )
  }
}
