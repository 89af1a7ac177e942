import * as z from 'zod'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'

const decodeSealed = createRowDecoder({ id: z.int(), name: z.string(), hash: z.string(), images: z.int() })
export type SealedSnapshot = ReturnType<typeof decodeSealed>

const decodeDataset = createRowDecoder({ id: z.int(), name: z.string() })
const decodeMember = createRowDecoder({
  path: z.string(),
  fileSha256: z.string(),
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageYears: z.number().nullable(),
  ageBin: z.string().nullable(),
  identity: z.string().nullable(),
})
export type SealedSnapshotMember = ReturnType<typeof decodeMember>

/** What a snapshot's hash was made of, as it is stored now. */
export class SnapshotSealRepo {
  readonly #find: Query<SealedSnapshot>
  readonly #list: Query<SealedSnapshot>
  readonly #datasets: Query<{ id: number; name: string }>
  readonly #members: Query<SealedSnapshotMember>

  constructor(db: Db) {
    const columns = 'id, name, hash, images'
    this.#find = db.prepareQuery(
      `SELECT ${columns} FROM snapshot WHERE id = :snapshotId AND is_complete = 1`,
      decodeSealed,
    )
    this.#list = db.prepareQuery(
      `SELECT ${columns} FROM snapshot WHERE is_complete = 1 ORDER BY id`,
      decodeSealed,
    )
    this.#datasets = db.prepareQuery('SELECT id, name FROM dataset ORDER BY name', decodeDataset)
    this.#members = db.prepareQuery(
      `SELECT i.path, i.file_sha256, m.race, m.gender, m.age_years, m.age_bin, identity.name AS identity
       FROM image i
       CROSS JOIN snapshot_member m ON m.snapshot_id = :snapshotId AND m.image_id = i.id
       LEFT JOIN identity ON identity.id = m.identity_id
       WHERE i.dataset_id = :dataset AND i.path > :after ORDER BY i.path LIMIT :limit`,
      decodeMember,
    )
  }

  find(snapshotId: number): SealedSnapshot | undefined {
    return this.#find.get({ snapshotId })
  }

  list(): SealedSnapshot[] {
    return this.#list.all()
  }

  /** In the order of their names. */
  datasets(): { id: number; name: string }[] {
    return this.#datasets.all()
  }

  /** A page of the members from one data set, by path. */
  members(page: {
    snapshotId: number
    dataset: number
    after: string
    limit: number
  }): SealedSnapshotMember[] {
    return this.#members.all(page)
  }
}
