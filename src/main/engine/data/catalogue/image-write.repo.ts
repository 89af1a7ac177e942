import * as z from 'zod'
import {
  identityId,
  imageId,
  jobId,
  sha256,
  type DatasetId,
  type IdentityId,
  type ImageId,
  type JobId,
} from '#shared/contract/base.contract.ts'
import { ageBinLabels } from '#shared/domain/label-schemes.ts'
import type { LabelRecord } from '#shared/contract/image.contract.ts'
import { nextNumber } from '#engine/base/db/next-number.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder, jsonColumn } from '#engine/base/db/row-decoder.ts'

const decodeKnown = createRowDecoder({
  id: imageId,
  bytes: z.int(),
  mtimeMs: z.int(),
  fileSha256: sha256,
  jobId: jobId.nullable(),
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageYears: z.number().nullable(),
  ageBin: z.enum(ageBinLabels).nullable(),
  identity: z.string().nullable(),
  /** Labels that a person has changed since they were imported. */
  decidedTasks: jsonColumn(z.array(z.enum(['age', 'gender', 'race']))),
  importedAt: z.string(),
})
/** What the catalogue already holds about a file. */
export type KnownImage = ReturnType<typeof decodeKnown>

export interface NewImage {
  readonly datasetId: DatasetId
  readonly path: string
  readonly bytes: number
  readonly mtimeMs: number
  readonly fileSha256: string
  readonly pixelSha256: string
  readonly width: number
  readonly height: number
  readonly format: string
  readonly exifOrientation: number
  readonly identityId: IdentityId | null
  readonly race: string | null
  readonly gender: string | null
  readonly ageYears: number | null
  readonly ageBin: string | null
  readonly jobId: JobId | null
  readonly importedAt: string
}

export interface NewLabelEvent {
  readonly imageId: ImageId
  readonly task: LabelRecord['task']
  readonly value: string
  readonly sourceFile: string
  readonly sourceColumn: string
  readonly actor: string
  readonly at: string
  readonly jobId: JobId | null
}

const decodeIdentity = createRowDecoder({ id: identityId })

/** Everything an import writes about images; what stands is filled in where it was missing, never replaced. */
export class ImageWriteRepo {
  readonly #insert: Command
  readonly #known: Query<KnownImage>
  readonly #setMtime: Command
  readonly #fillLabels: Command
  readonly #insertEvent: Command
  readonly #findIdentity: Query<{ id: IdentityId }>
  readonly #insertIdentity: Command

  constructor(db: Db) {
    this.#insert = db.prepareCommand(
      `INSERT INTO image (id, dataset_id, path, bytes, mtime_ms, file_sha256, pixel_sha256, width, height, format,
         exif_orientation, identity_id, race, gender, age_years, age_bin, job_id, imported_at)
       VALUES (${nextNumber('image')}, :datasetId, :path, :bytes, :mtimeMs, :fileSha256, :pixelSha256, :width, :height, :format,
         :exifOrientation, :identityId, :race, :gender, :ageYears, :ageBin, :jobId, :importedAt)`,
    )
    this.#known = db.prepareQuery(
      `SELECT image.*, identity.name AS identity, (
         SELECT json_group_array(DISTINCT d.field) FROM decision d
         WHERE d.image_id = image.id AND d.field IN ('age', 'gender', 'race')
           AND (SELECT first.old_value FROM decision first
                WHERE first.image_id = d.image_id AND first.field = d.field ORDER BY first.id LIMIT 1)
             IS NOT (SELECT last.new_value FROM decision last
                WHERE last.image_id = d.image_id AND last.field = d.field ORDER BY last.id DESC LIMIT 1)
         ) AS decided_tasks
       FROM image LEFT JOIN identity ON identity.id = image.identity_id
       WHERE image.dataset_id = :datasetId AND image.path = :path`,
      decodeKnown,
    )
    this.#setMtime = db.prepareCommand('UPDATE image SET mtime_ms = :mtimeMs WHERE id = :imageId')
    this.#fillLabels = db.prepareCommand(
      `UPDATE image
       SET race = coalesce(race, :race), gender = coalesce(gender, :gender),
         age_years = coalesce(age_years, :ageYears), age_bin = coalesce(age_bin, :ageBin),
         identity_id = coalesce(identity_id, :identityId)
       WHERE id = :imageId`,
    )
    this.#insertEvent = db.prepareCommand(
      `INSERT INTO label_event (id, image_id, task, value, source, source_file, source_column, actor, at, job_id)
       VALUES (${nextNumber('label_event')}, :imageId, :task, :value, 'import', :sourceFile, :sourceColumn, :actor, :at, :jobId)`,
    )
    this.#findIdentity = db.prepareQuery(
      'SELECT id FROM identity WHERE dataset_id = :datasetId AND name = :name',
      decodeIdentity,
    )
    this.#insertIdentity = db.prepareCommand(
      `INSERT INTO identity (id, dataset_id, name) VALUES (${nextNumber('identity')}, :datasetId, :name)`,
    )
  }

  insert(image: NewImage): ImageId {
    return imageId.parse(this.#insert.run({ ...image }).lastId)
  }

  findKnown(datasetId: DatasetId, path: string): KnownImage | undefined {
    return this.#known.get({ datasetId, path })
  }

  setMtime(id: ImageId, mtimeMs: number): void {
    this.#setMtime.run({ imageId: id, mtimeMs })
  }

  fillLabels(
    id: ImageId,
    labels: Pick<NewImage, 'race' | 'gender' | 'ageYears' | 'ageBin' | 'identityId'>,
  ): void {
    this.#fillLabels.run({ imageId: id, ...labels })
  }

  insertEvent(event: NewLabelEvent): void {
    this.#insertEvent.run({ ...event })
  }

  ensureIdentity(datasetId: DatasetId, name: string): IdentityId {
    const found = this.#findIdentity.get({ datasetId, name })
    return found?.id ?? identityId.parse(this.#insertIdentity.run({ datasetId, name }).lastId)
  }
}
