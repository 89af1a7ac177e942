import * as z from 'zod'
import {
  datasetId,
  identityId,
  imageId,
  sha256,
  timestamp,
  type IdentityId,
  type ImageId,
} from '#shared/contract/base.contract.ts'
import { partName } from '#shared/contract/split.contract.ts'
import { imageStatus, labelRecord, type LabelRecord } from '#shared/contract/image.contract.ts'
import type { Db, Query } from '#engine/base/db/db.ts'
import { booleanColumn, createRowDecoder, decodeCount } from '#engine/base/db/row-decoder.ts'
import { flaggedChecks, flaggedChecksSql } from './image-query.repo.ts'

const decodeImage = createRowDecoder({
  id: imageId,
  path: z.string(),
  bytes: z.int(),
  fileSha256: sha256,
  pixelSha256: sha256,
  width: z.int(),
  height: z.int(),
  format: z.string(),
  exifOrientation: z.int(),
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageYears: z.number().nullable(),
  ageBin: z.string().nullable(),
  importedAt: timestamp,
  datasetId,
  datasetName: z.string(),
  identityId: identityId.nullable(),
  identityName: z.string().nullable(),
  rootPath: z.string(),
  isInsideProject: booleanColumn,
  status: imageStatus,
  isIdentitySuspect: booleanColumn,
  revision: z.int().nonnegative(),
  findings: flaggedChecks,
})
export type ImageRow = ReturnType<typeof decodeImage>

const decodeLabel = createRowDecoder(labelRecord.shape)
const decodeId = createRowDecoder({ id: imageId })
const decodePart = createRowDecoder({ splitId: z.int(), split: z.string(), part: partName })
export type ImagePart = ReturnType<typeof decodePart>

/** Identical images are listed up to here; beyond, a catalogue of blanks would fill the answer. */
const identicalListed = 200

/** Everything about one image. */
export class ImageDetailRepo {
  readonly #image: Query<ImageRow>
  readonly #labels: Query<LabelRecord>
  readonly #identical: Query<{ id: ImageId }>
  readonly #parts: Query<ImagePart>
  readonly #identitySize: Query<number>

  constructor(db: Db) {
    this.#image = db.prepareQuery(
      `SELECT image.*, dataset.name AS dataset_name, identity.name AS identity_name,
         root.path AS root_path, root.is_inside_project, ${flaggedChecksSql} AS findings
       FROM image
       JOIN dataset ON dataset.id = image.dataset_id
       JOIN root ON root.id = dataset.root_id
       LEFT JOIN identity ON identity.id = image.identity_id
       WHERE image.id = :imageId`,
      decodeImage,
    )
    this.#labels = db.prepareQuery(
      'SELECT * FROM label_event WHERE image_id = :imageId ORDER BY id',
      decodeLabel,
    )
    this.#identical = db.prepareQuery(
      `SELECT id FROM image WHERE pixel_sha256 = :pixelSha256 AND id <> :imageId ORDER BY id LIMIT ${identicalListed}`,
      decodeId,
    )
    this.#parts = db.prepareQuery(
      `SELECT split.id AS split_id, split.name AS split, split_member.part
       FROM split_member JOIN split ON split.id = split_member.split_id
       WHERE split_member.image_id = :imageId AND split.is_complete = 1
       ORDER BY split.id`,
      decodePart,
    )
    this.#identitySize = db.prepareQuery(
      'SELECT count(*) AS count FROM image WHERE identity_id = :identityId',
      decodeCount,
    )
  }

  find(id: ImageId): ImageRow | undefined {
    return this.#image.get({ imageId: id })
  }

  labels(id: ImageId): LabelRecord[] {
    return this.#labels.all({ imageId: id })
  }

  identical({ id, pixelSha256 }: Pick<ImageRow, 'id' | 'pixelSha256'>): ImageId[] {
    return this.#identical.all({ imageId: id, pixelSha256 }).map((row) => row.id)
  }

  parts(id: ImageId): ImagePart[] {
    return this.#parts.all({ imageId: id })
  }

  countIdentity(id: IdentityId): number {
    return this.#identitySize.get({ identityId: id }) ?? 0
  }
}
