import * as z from 'zod'
import { datasetId, jobId, sha256, timestamp, type JobId } from '#shared/contract/base.contract.ts'
import type { ImportRecord } from '#shared/contract/dataset.contract.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { HeldRows } from '#engine/base/db/held-rows.ts'
import { booleanColumn, createRowDecoder, decodeCount } from '#engine/base/db/row-decoder.ts'

const decodeImport = createRowDecoder({
  jobId,
  datasetId,
  dataset: z.string(),
  at: timestamp,
  images: z.int(),
  labels: z.int(),
})

const decodeUndo = createRowDecoder({
  id: z.int(),
  importJobId: jobId,
  dataset: datasetId,
  datasetName: z.string(),
  images: z.int(),
  labels: z.int(),
  isComplete: booleanColumn,
})
export type ImportUndoRow = ReturnType<typeof decodeUndo>

const decodeImage = createRowDecoder({
  imageId: z.int(),
  path: z.string(),
  dataset: z.string(),
  source: z.string(),
  rootPath: z.string(),
  isInsideProject: booleanColumn,
  pixelSha256: sha256,
  identityId: z.int().nullable(),
})
export type BroughtImage = ReturnType<typeof decodeImage>

const decodeUndoing = createRowDecoder({
  imageId: z.int(),
  path: z.string(),
  copy: z.string().nullable(),
  pixelSha256: sha256,
  identityId: z.int().nullable(),
})
export type UndoingImage = ReturnType<typeof decodeUndoing>

const decodeLabel = createRowDecoder({
  id: z.int(),
  imageId: z.int(),
  task: z.enum(['age', 'gender', 'race', 'identity']),
  identityId: z.int().nullable(),
})
export type GivenLabel = ReturnType<typeof decodeLabel>

export interface NewImportUndo {
  readonly jobId: JobId
  readonly record: ImportRecord
  readonly actor: string
  readonly at: string
  readonly images: readonly UndoingImage[]
}

/** What each import brought, and what one that is being taken back has to find still. */
export class ImportUndoRepo {
  /** What an undo that was cut off still has to do; an erasure lets go of it too. */
  readonly rows: HeldRows
  readonly #db: Db
  readonly #imports: Query<ImportRecord>
  readonly #images: Query<BroughtImage>
  readonly #labels: Query<GivenLabel>
  readonly #insert: Command
  readonly #insertUndoing: Command
  readonly #byJob: Query<ImportUndoRow>
  readonly #undoing: Query<UndoingImage>
  readonly #keep: Command
  readonly #hasPixels: Query<number>
  readonly #clear: Command
  readonly #complete: Command
  readonly #deleteLabel: Command
  readonly #clearLabel: Readonly<Record<GivenLabel['task'], Command>>
  readonly #countImages: Query<number>
  readonly #hasDataset: Query<number>
  readonly #deleteDataset: readonly Command[]

  constructor(db: Db) {
    this.rows = new HeldRows(db, [{ table: 'import_undoing' }])
    this.#db = db
    this.#imports = db.prepareQuery(
      `WITH brought AS (
         SELECT job_id, dataset_id, min(imported_at) AS at, count(*) AS images, 0 AS labels
         FROM image WHERE job_id IS NOT NULL GROUP BY job_id, dataset_id
         UNION ALL
         SELECT e.job_id, i.dataset_id, min(e.at), 0, count(*)
         FROM label_event e JOIN image i ON i.id = e.image_id WHERE e.job_id IS NOT NULL GROUP BY e.job_id, i.dataset_id)
       SELECT brought.job_id, brought.dataset_id, dataset.name AS dataset, min(brought.at) AS at,
              sum(images) AS images, sum(labels) AS labels
       FROM brought JOIN dataset ON dataset.id = brought.dataset_id
       GROUP BY brought.job_id, brought.dataset_id ORDER BY brought.job_id DESC`,
      decodeImport,
    )
    this.#images = db.prepareQuery(
      `SELECT i.id AS image_id, i.path, i.pixel_sha256, i.identity_id, d.name AS dataset, d.source, r.path AS root_path,
              r.is_inside_project
       FROM image i JOIN dataset d ON d.id = i.dataset_id JOIN root r ON r.id = d.root_id
       WHERE i.job_id = :importJobId ORDER BY i.id`,
      decodeImage,
    )
    this.#labels = db.prepareQuery(
      `SELECT e.id, e.image_id, e.task, i.identity_id
       FROM label_event e JOIN image i ON i.id = e.image_id
       WHERE e.job_id = :importJobId ORDER BY e.id`,
      decodeLabel,
    )
    this.#insert = db.prepareCommand(
      `INSERT INTO import_undo (job_id, import_job_id, dataset, dataset_name, actor, at, images, labels)
       VALUES (:jobId, :importJobId, :dataset, :datasetName, :actor, :at, :images, :labels)`,
    )
    this.#insertUndoing = db.prepareCommand(
      `INSERT INTO import_undoing (image_id, undo_id, path, copy, pixel_sha256, identity_id)
       VALUES (:imageId, :undoId, :path, :copy, :pixelSha256, :identityId)`,
    )
    this.#byJob = db.prepareQuery('SELECT * FROM import_undo WHERE job_id = :jobId', decodeUndo)
    this.#undoing = db.prepareQuery(
      'SELECT * FROM import_undoing WHERE undo_id = :undoId ORDER BY image_id',
      decodeUndoing,
    )
    this.#keep = db.prepareCommand('DELETE FROM import_undoing WHERE image_id = :imageId')
    this.#hasPixels = db.prepareQuery(
      'SELECT count(*) AS count FROM (SELECT 1 FROM image WHERE pixel_sha256 = :pixelSha256 LIMIT 1)',
      decodeCount,
    )
    this.#clear = db.prepareCommand('DELETE FROM import_undoing WHERE undo_id = :undoId')
    this.#complete = db.prepareCommand(
      'UPDATE import_undo SET images = :images, labels = :labels, is_complete = 1 WHERE id = :undoId',
    )
    this.#deleteLabel = db.prepareCommand('DELETE FROM label_event WHERE id = :id')
    const clear = (set: string): Command =>
      db.prepareCommand(`UPDATE image SET ${set}, revision = revision + 1 WHERE id = :imageId`)
    this.#clearLabel = {
      race: clear('race = NULL'),
      gender: clear('gender = NULL'),
      identity: clear('identity_id = NULL'),
      // Years within a bin that was known before leave the bin.
      age: clear(
        `age_years = NULL, age_bin = CASE WHEN EXISTS (
           SELECT 1 FROM label_event e WHERE e.image_id = image.id AND e.task = 'age') THEN age_bin END`,
      ),
    }
    this.#countImages = db.prepareQuery(
      'SELECT count(*) AS count FROM image WHERE dataset_id = :datasetId',
      decodeCount,
    )
    this.#hasDataset = db.prepareQuery(
      'SELECT count(*) AS count FROM dataset WHERE id = :datasetId',
      decodeCount,
    )
    this.#deleteDataset = [
      'DELETE FROM import_issue WHERE dataset_id = :datasetId',
      'DELETE FROM identity WHERE dataset_id = :datasetId',
      'DELETE FROM root WHERE id = (SELECT root_id FROM dataset WHERE id = :datasetId)',
      'DELETE FROM dataset WHERE id = :datasetId',
    ].map((sql) => db.prepareCommand(sql))
  }

  /** Newest first. */
  imports(): ImportRecord[] {
    return this.#imports.all()
  }

  images(importJobId: JobId): BroughtImage[] {
    return this.#images.all({ importJobId })
  }

  /** Labels that it gave to images of earlier imports. */
  labels(importJobId: JobId): GivenLabel[] {
    return this.#labels.all({ importJobId })
  }

  insert({ record, images, ...undo }: NewImportUndo): void {
    this.#db.transact(() => {
      const { lastId: undoId } = this.#insert.run({
        ...undo,
        importJobId: record.jobId,
        dataset: record.datasetId,
        datasetName: record.dataset,
        images: record.images,
        labels: record.labels,
      })
      for (const image of images) this.#insertUndoing.run({ undoId, ...image })
    })
  }

  findByJob(id: JobId): ImportUndoRow | undefined {
    return this.#byJob.get({ jobId: id })
  }

  undoing(undoId: number): UndoingImage[] {
    return this.#undoing.all({ undoId })
  }

  /** Takes an image out of what is to go. */
  keep(imageId: number): void {
    this.#keep.run({ imageId })
  }

  hasPixels(pixelSha256: string): boolean {
    return this.#hasPixels.get({ pixelSha256 }) === 1
  }

  takeLabel({ id, imageId, task }: GivenLabel): void {
    this.#deleteLabel.run({ id })
    this.#clearLabel[task].run({ imageId })
  }

  hasDataset(id: number): boolean {
    return this.#hasDataset.get({ datasetId: id }) === 1
  }

  /** With all that tells of it, where no image is left in it. @returns whether it went */
  deleteEmptyDataset(id: number): boolean {
    if (this.#countImages.get({ datasetId: id }) !== 0) return false
    this.#db.transactUnreferenced(() => {
      for (const command of this.#deleteDataset) command.run({ datasetId: id })
    })
    return true
  }

  complete(undoId: number, counts: { readonly images: number; readonly labels: number }): void {
    this.#db.transact(() => {
      this.#clear.run({ undoId })
      this.#complete.run({ undoId, ...counts })
    })
  }
}
