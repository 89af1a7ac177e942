import * as z from 'zod'
import { datasetId, jobId, sha256, timestamp, type JobId } from '#shared/contract/base.contract.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { HeldRows } from '#engine/base/db/held-rows.ts'
import { booleanColumn, createRowDecoder, decodeCount } from '#engine/base/db/row-decoder.ts'
import { noAge, readAge } from './domain/age-label.ts'

const decodeImport = createRowDecoder({
  jobId,
  datasetId,
  dataset: z.string(),
  at: timestamp,
  images: z.int(),
  labels: z.int(),
})
export type BroughtByImport = ReturnType<typeof decodeImport>

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
  bytes: z.int(),
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

/** A label of an image of an earlier import that is gone already. */
const decodeTaken = createRowDecoder({ imageId: z.int(), identityId: z.int().nullable() })
export type TakenLabel = ReturnType<typeof decodeTaken>

const decodeBegun = createRowDecoder({ jobId, importJobId: jobId })
export type BegunUndo = ReturnType<typeof decodeBegun>

const decodeText = createRowDecoder({ value: z.string().nullable() })

const decodeSite = createRowDecoder({
  name: z.string(),
  source: z.string(),
  rootPath: z.string(),
  isInsideProject: booleanColumn,
})
export type DatasetSite = ReturnType<typeof decodeSite>

export interface NewImportUndo {
  readonly jobId: JobId
  readonly record: BroughtByImport
  readonly actor: string
  readonly at: string
  readonly images: readonly UndoingImage[]
  readonly given: readonly GivenLabel[]
}

/** Folders within the project that data sets read their files from, as what their paths begin with. */
const insideRoots = `(
  SELECT id, CASE path WHEN '' THEN '' ELSE path || '/' END AS prefix FROM root WHERE is_inside_project = 1)`

/** What each import brought, and what one that is being taken back has to find still. */
export class ImportUndoRepo {
  /** What an undo that was cut off still has to do; an erasure lets go of it too. */
  readonly rows: HeldRows
  readonly #db: Db
  readonly #imports: Query<BroughtByImport>
  readonly #images: Query<BroughtImage>
  readonly #labels: Query<GivenLabel>
  readonly #insert: Command
  readonly #insertUndoing: Command
  readonly #byJob: Query<ImportUndoRow>
  readonly #insertUndoingLabel: Command
  readonly #begunOfImport: Query<BegunUndo>
  readonly #begunOfDataset: Query<BegunUndo>
  readonly #undoing: Query<UndoingImage>
  readonly #taken: Query<TakenLabel>
  readonly #keep: Command
  readonly #hasPixels: Query<number>
  readonly #hasFile: Query<number>
  readonly #countBrought: Query<number>
  readonly #site: Query<DatasetSite>
  readonly #sharesFolder: Query<number>
  readonly #forgetTold: Command
  readonly #clear: readonly Command[]
  readonly #complete: Command
  readonly #deleteLabel: Command
  readonly #clearLabel: Readonly<Record<Exclude<GivenLabel['task'], 'age'>, Command>>
  readonly #newestAge: Query<ReturnType<typeof decodeText>>
  readonly #setAge: Command
  readonly #countImages: Query<number>
  readonly #hasDataset: Query<number>
  readonly #deleteDataset: readonly Command[]

  constructor(db: Db) {
    this.rows = new HeldRows(db, [{ table: 'import_undoing' }, { table: 'import_undoing_label' }])
    this.#db = db
    this.#imports = db.prepareQuery(
      `WITH brought AS (
         SELECT job_id, dataset_id, min(imported_at) AS at, count(*) AS images, 0 AS labels
         FROM image WHERE job_id IS NOT NULL GROUP BY job_id, dataset_id
         UNION ALL
         SELECT e.job_id, i.dataset_id, min(e.at), 0, count(*)
         FROM label_event e JOIN image i ON i.id = e.image_id WHERE e.job_id IS NOT NULL GROUP BY e.job_id, i.dataset_id
         UNION ALL
         SELECT told.job_id, d.id, d.created_at, 0, 0
         FROM import_issue told JOIN dataset d ON d.id = told.dataset_id
         WHERE told.job_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM image WHERE image.dataset_id = d.id)
         GROUP BY told.job_id, d.id)
       SELECT brought.job_id, brought.dataset_id, dataset.name AS dataset, min(brought.at) AS at,
              sum(images) AS images, sum(labels) AS labels
       FROM brought JOIN dataset ON dataset.id = brought.dataset_id
       GROUP BY brought.job_id, brought.dataset_id ORDER BY brought.job_id DESC`,
      decodeImport,
    )
    this.#images = db.prepareQuery(
      `SELECT i.id AS image_id, i.path, i.bytes, i.pixel_sha256, i.identity_id, d.name AS dataset, d.source, r.path AS root_path,
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
    this.#insertUndoingLabel = db.prepareCommand(
      `INSERT INTO import_undoing_label (event_id, undo_id, image_id, identity_id)
       VALUES (:eventId, :undoId, :imageId, :identityId)`,
    )
    const begun = 'SELECT job_id, import_job_id FROM import_undo WHERE is_complete = 0'
    this.#begunOfImport = db.prepareQuery(`${begun} AND import_job_id = :importJobId`, decodeBegun)
    this.#begunOfDataset = db.prepareQuery(`${begun} AND dataset_name = :name`, decodeBegun)
    this.#byJob = db.prepareQuery('SELECT * FROM import_undo WHERE job_id = :jobId', decodeUndo)
    this.#undoing = db.prepareQuery(
      'SELECT * FROM import_undoing WHERE undo_id = :undoId ORDER BY image_id',
      decodeUndoing,
    )
    this.#taken = db.prepareQuery(
      `SELECT image_id, identity_id FROM import_undoing_label
       WHERE undo_id = :undoId AND NOT EXISTS (SELECT 1 FROM label_event e WHERE e.id = event_id) ORDER BY event_id`,
      decodeTaken,
    )
    this.#keep = db.prepareCommand('DELETE FROM import_undoing WHERE image_id = :imageId')
    this.#hasPixels = db.prepareQuery(
      'SELECT count(*) AS count FROM (SELECT 1 FROM image WHERE pixel_sha256 = :pixelSha256 LIMIT 1)',
      decodeCount,
    )
    this.#hasFile = db.prepareQuery(
      `SELECT count(*) AS count FROM (
         SELECT 1 FROM ${insideRoots} r
         JOIN dataset d ON d.root_id = r.id
         JOIN image i ON i.dataset_id = d.id AND i.path = substr(:file, length(r.prefix) + 1)
         WHERE substr(:file, 1, length(r.prefix)) = r.prefix LIMIT 1)`,
      decodeCount,
    )
    this.#countBrought = db.prepareQuery(
      'SELECT count(*) AS count FROM image WHERE job_id = :importJobId',
      decodeCount,
    )
    this.#site = db.prepareQuery(
      `SELECT d.name, d.source, r.path AS root_path, r.is_inside_project
       FROM dataset d JOIN root r ON r.id = d.root_id WHERE d.id = :datasetId`,
      decodeSite,
    )
    this.#sharesFolder = db.prepareQuery(
      `SELECT count(*) AS count FROM ${insideRoots} r
       WHERE r.id <> (SELECT root_id FROM dataset WHERE id = :datasetId)
         AND (substr(r.prefix, 1, length(:prefix)) = :prefix OR substr(:prefix, 1, length(r.prefix)) = r.prefix)`,
      decodeCount,
    )
    this.#forgetTold = db.prepareCommand(
      'DELETE FROM import_issue WHERE dataset_id = :datasetId AND job_id = :importJobId',
    )
    this.#clear = ['import_undoing', 'import_undoing_label'].map((table) =>
      db.prepareCommand(`DELETE FROM ${table} WHERE undo_id = :undoId`),
    )
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
    }
    this.#newestAge = db.prepareQuery(
      `SELECT value FROM label_event WHERE image_id = :imageId AND task = 'age' ORDER BY id DESC LIMIT 1`,
      decodeText,
    )
    this.#setAge = clear('age_years = :ageYears, age_bin = :ageBin')
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
      'DELETE FROM import_relink WHERE dataset_id = :datasetId',
      'DELETE FROM root WHERE id = (SELECT root_id FROM dataset WHERE id = :datasetId)',
      'DELETE FROM dataset WHERE id = :datasetId',
    ].map((sql) => db.prepareCommand(sql))
  }

  /** Newest first. */
  imports(): BroughtByImport[] {
    return this.#imports.all()
  }

  images(importJobId: JobId): BroughtImage[] {
    return this.#images.all({ importJobId })
  }

  /** Labels that it gave to images of earlier imports. */
  labels(importJobId: JobId): GivenLabel[] {
    return this.#labels.all({ importJobId })
  }

  insert({ record, images, given, ...undo }: NewImportUndo): void {
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
      for (const { id: eventId, imageId, task, identityId } of given) {
        const person = task === 'identity' ? identityId : null
        this.#insertUndoingLabel.run({ eventId, undoId, imageId, identityId: person })
      }
    })
  }

  findByJob(id: JobId): ImportUndoRow | undefined {
    return this.#byJob.get({ jobId: id })
  }

  /** One of the import that was begun and has not come to its end. */
  findBegun(importJobId: JobId): BegunUndo | undefined {
    return this.#begunOfImport.get({ importJobId })
  }

  /** As `findBegun`, of any import into the data set of a name, which may have left the catalogue already. */
  findBegunIn(name: string): BegunUndo | undefined {
    return this.#begunOfDataset.get({ name })
  }

  undoing(undoId: number): UndoingImage[] {
    return this.#undoing.all({ undoId })
  }

  taken(undoId: number): TakenLabel[] {
    return this.#taken.all({ undoId })
  }

  /** Images of the import that are in the project still. */
  countBrought(importJobId: JobId): number {
    return this.#countBrought.get({ importJobId }) ?? 0
  }

  /** Takes an image out of what is to go. */
  keep(imageId: number): void {
    this.#keep.run({ imageId })
  }

  hasPixels(pixelSha256: string): boolean {
    return this.#hasPixels.get({ pixelSha256 }) === 1
  }

  /** Whether a file, named from the project's folder, is that of an image of any data set. */
  hasFile(file: string): boolean {
    return this.#hasFile.get({ file }) === 1
  }

  takeLabel({ id, imageId, task }: GivenLabel): void {
    this.#deleteLabel.run({ id })
    if (task !== 'age') {
      this.#clearLabel[task].run({ imageId })
      return
    }
    // Years within a bin that was known before leave the bin, and a bin leaves years that came after it.
    const left = readAge(this.#newestAge.get({ imageId })?.value ?? '') ?? noAge
    this.#setAge.run({ imageId, ageYears: left.ageYears, ageBin: left.ageBin })
  }

  countImages(id: number): number {
    return this.#countImages.get({ datasetId: id }) ?? 0
  }

  findSite(id: number): DatasetSite | undefined {
    return this.#site.get({ datasetId: id })
  }

  /** Whether another data set reads its files from this folder of the project, from one within it or from one around it. */
  sharesFolder(id: number, folder: string): boolean {
    return this.#sharesFolder.get({ datasetId: id, prefix: `${folder}/` }) !== 0
  }

  hasDataset(id: number): boolean {
    return this.#hasDataset.get({ datasetId: id }) === 1
  }

  /** With all that tells of it, where no image is left in it. @returns whether it went */
  deleteEmptyDataset(id: number): boolean {
    if (this.countImages(id) !== 0) return false
    this.#db.transactUnreferenced(() => {
      for (const command of this.#deleteDataset) command.run({ datasetId: id })
    })
    return true
  }

  complete(
    { id: undoId, ...undo }: ImportUndoRow,
    counts: { readonly images: number; readonly labels: number },
  ): void {
    this.#db.transact(() => {
      this.#forgetTold.run({ datasetId: undo.dataset, importJobId: undo.importJobId })
      for (const command of this.#clear) command.run({ undoId })
      this.#complete.run({ undoId, ...counts })
    })
  }
}
