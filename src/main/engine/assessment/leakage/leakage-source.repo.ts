import * as z from 'zod'
import { partName } from '#shared/contract/split.contract.ts'
import { checks } from '#shared/domain/checks.ts'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'

const decodeTied = createRowDecoder({
  imageId: z.int(),
  fileSha256: z.string(),
  pixelSha256: z.string(),
  status: z.string(),
  identity: z.int().nullable(),
  person: z.int().nullable(),
  near: z.int().nullable(),
})
export type SourceImage = ReturnType<typeof decodeTied>

const decodeMember = createRowDecoder({ imageId: z.int(), part: partName })
export type SourceMember = ReturnType<typeof decodeMember>

const decodePicture = createRowDecoder({
  imageId: z.int(),
  high: z.int(),
  low: z.int(),
  grey: z.instanceof(Uint8Array),
})
export type SourcePicture = ReturnType<typeof decodePicture>

const decodeHash = createRowDecoder({ splitId: z.int(), hash: z.string() })

/** What leaks are looked for in; read in a worker, because it is every image of the catalogue. */
export class LeakageSourceRepo {
  readonly #images: Query<SourceImage>
  readonly #members: Query<SourceMember>
  readonly #pictures: Query<SourcePicture>
  readonly #hash: Query<ReturnType<typeof decodeHash>>

  constructor(db: Db) {
    this.#images = db.prepareQuery(
      `SELECT i.id AS image_id, i.file_sha256, i.pixel_sha256, i.status, i.identity_id AS identity, p.person_id AS person,
              n.group_id AS near
       FROM image i
       LEFT JOIN image_person p ON p.image_id = i.id
       LEFT JOIN check_score n ON n.check_id = ${checks['near-duplicate'].code} AND n.image_id = i.id
       ORDER BY i.id`,
      decodeTied,
    )
    this.#members = db.prepareQuery(
      'SELECT image_id, part FROM split_member WHERE split_id = :splitId ORDER BY image_id',
      decodeMember,
    )
    this.#pictures = db.prepareQuery(
      `SELECT s.image_id, (m.phash >> 32) & 4294967295 AS high, m.phash & 4294967295 AS low, m.grey
       FROM split_member s JOIN image_measure m ON m.image_id = s.image_id
       WHERE s.split_id = :splitId AND m.phash IS NOT NULL ORDER BY s.image_id`,
      decodePicture,
    )
    this.#hash = db.prepareQuery('SELECT id AS split_id, hash FROM split WHERE id = :splitId', decodeHash)
  }

  /** All of the catalogue, by number. */
  readImages(): SourceImage[] {
    return this.#images.all()
  }

  /** By number. */
  readMembers(splitId: number): SourceMember[] {
    return this.#members.all({ splitId })
  }

  /** Of images that a scan has measured, by number. */
  readPictures(splitId: number): SourcePicture[] {
    return this.#pictures.all({ splitId })
  }

  readHash(splitId: number): string {
    const row = this.#hash.get({ splitId })
    if (row === undefined) throw new Error(`There is no split ${splitId}`)
    return row.hash
  }
}
