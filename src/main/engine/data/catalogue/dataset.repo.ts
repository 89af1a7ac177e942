import * as z from 'zod'
import { datasetId, timestamp, type DatasetId, type JobId } from '#shared/contract/base.contract.ts'
import { importFormat, type ImportFormat, type ImportResult } from '#shared/contract/dataset.contract.ts'
import { labelSchemeNames, type LabelScheme } from '#shared/domain/label-schemes.ts'
import { nextNumber } from '#engine/base/db/next-number.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { booleanColumn, createRowDecoder, decodeCount } from '#engine/base/db/row-decoder.ts'

const datasetShape = {
  id: datasetId,
  name: z.string(),
  format: importFormat,
  source: z.string(),
  labelScheme: z.enum(labelSchemeNames),
  createdAt: timestamp,
  rootId: z.int(),
  rootPath: z.string(),
  isInsideProject: booleanColumn,
}
const decodeDataset = createRowDecoder(datasetShape)
export type DatasetRow = ReturnType<typeof decodeDataset>

const decodeSummary = createRowDecoder({
  ...datasetShape,
  images: z.int(),
  identities: z.int(),
  skipped: z.int(),
  repaired: z.int(),
})
export type DatasetSummaryRow = ReturnType<typeof decodeSummary>

const decodeIssue = createRowDecoder({
  kind: z.enum(['skipped', 'repaired']),
  file: z.string(),
  field: z.string(),
  reason: z.string().nullable(),
  fromValue: z.string().nullable(),
  toValue: z.string().nullable(),
})
export type IssueRow = ReturnType<typeof decodeIssue>

export interface NewDataset {
  readonly name: string
  readonly format: ImportFormat
  readonly source: string
  readonly labelScheme: LabelScheme
  readonly createdAt: string
  readonly rootPath: string
  readonly isInsideProject: boolean
}

/** By the import of a job. */
type Told<Kind extends 'skipped' | 'repaired'> = ImportResult[Kind][number] & { readonly jobId: JobId }

const selectDataset = `
  SELECT dataset.*, root.path AS root_path, root.is_inside_project
  FROM dataset JOIN root ON root.id = dataset.root_id`

export class DatasetRepo {
  readonly #insertRoot: Command
  readonly #insert: Command
  readonly #relinkRoot: Command
  readonly #relink: Command
  readonly #byName: Query<DatasetRow>
  readonly #byId: Query<DatasetRow>
  readonly #summaries: Query<DatasetSummaryRow>
  readonly #names: Query<{ id: DatasetId; name: string }>
  readonly #countByJob: Query<number>
  readonly #countUnlabelled: Query<number>
  readonly #issues: Query<IssueRow>
  readonly #putIssue: Command
  readonly #clearSkipped: Command

  constructor(db: Db) {
    this.#insertRoot = db.prepareCommand(
      'INSERT INTO root (name, path, is_inside_project) VALUES (:name, :rootPath, :isInsideProject)',
    )
    this.#insert = db.prepareCommand(
      `INSERT INTO dataset (id, name, format, root_id, source, label_scheme, created_at)
       VALUES (${nextNumber('dataset')}, :name, :format, :rootId, :source, :labelScheme, :createdAt)`,
    )
    this.#relinkRoot = db.prepareCommand(
      'UPDATE root SET path = :rootPath, is_inside_project = :isInsideProject WHERE id = :rootId',
    )
    this.#relink = db.prepareCommand('UPDATE dataset SET source = :source WHERE root_id = :rootId')
    this.#byName = db.prepareQuery(`${selectDataset} WHERE dataset.name = :name`, decodeDataset)
    this.#byId = db.prepareQuery(`${selectDataset} WHERE dataset.id = :datasetId`, decodeDataset)
    this.#summaries = db.prepareQuery(
      `SELECT dataset.*, root.path AS root_path, root.is_inside_project,
         (SELECT count(*) FROM image WHERE image.dataset_id = dataset.id) AS images,
         (SELECT count(*) FROM identity WHERE identity.dataset_id = dataset.id) AS identities,
         (SELECT count(*) FROM import_issue i WHERE i.dataset_id = dataset.id AND i.kind = 'skipped') AS skipped,
         (SELECT count(*) FROM import_issue i WHERE i.dataset_id = dataset.id AND i.kind = 'repaired') AS repaired
       FROM dataset JOIN root ON root.id = dataset.root_id
       ORDER BY dataset.id`,
      decodeSummary,
    )
    this.#names = db.prepareQuery(
      'SELECT id, name FROM dataset ORDER BY id',
      createRowDecoder({ id: datasetId, name: z.string() }),
    )
    this.#countByJob = db.prepareQuery(
      'SELECT count(*) AS count FROM image WHERE dataset_id = :datasetId AND job_id = :jobId',
      decodeCount,
    )
    this.#countUnlabelled = db.prepareQuery(
      `SELECT count(*) AS count FROM image
       WHERE dataset_id = :datasetId AND race IS NULL AND gender IS NULL AND age_bin IS NULL AND identity_id IS NULL`,
      decodeCount,
    )
    this.#issues = db.prepareQuery(
      'SELECT * FROM import_issue WHERE dataset_id = :datasetId ORDER BY file, field, id',
      decodeIssue,
    )
    this.#putIssue = db.prepareCommand(
      `INSERT INTO import_issue (dataset_id, kind, file, field, reason, from_value, to_value, job_id)
       VALUES (:datasetId, :kind, :file, :field, :reason, :fromValue, :toValue, :jobId)
       ON CONFLICT (dataset_id, kind, file, field) DO UPDATE SET
         job_id = CASE WHEN reason IS excluded.reason AND from_value IS excluded.from_value
           AND to_value IS excluded.to_value THEN job_id ELSE excluded.job_id END,
         reason = excluded.reason, from_value = excluded.from_value, to_value = excluded.to_value`,
    )
    this.#clearSkipped = db.prepareCommand(
      `DELETE FROM import_issue WHERE dataset_id = :datasetId AND kind = 'skipped' AND file = :file`,
    )
  }

  insert({ isInsideProject, ...dataset }: NewDataset): DatasetId {
    const { name, rootPath, format, source, labelScheme, createdAt } = dataset
    const { lastId: rootId } = this.#insertRoot.run({
      name,
      rootPath,
      isInsideProject: isInsideProject ? 1 : 0,
    })
    return datasetId.parse(this.#insert.run({ name, format, rootId, source, labelScheme, createdAt }).lastId)
  }

  /** Points a data set whose folder was moved at the new one. */
  relink(dataset: DatasetRow, to: { source: string; rootPath: string; isInsideProject: boolean }): void {
    const { rootId } = dataset
    this.#relinkRoot.run({ rootId, rootPath: to.rootPath, isInsideProject: to.isInsideProject ? 1 : 0 })
    this.#relink.run({ rootId, source: to.source })
  }

  findByName(name: string): DatasetRow | undefined {
    return this.#byName.get({ name })
  }

  find(id: DatasetId): DatasetRow | undefined {
    return this.#byId.get({ datasetId: id })
  }

  summaries(): DatasetSummaryRow[] {
    return this.#summaries.all()
  }

  names(): ReadonlyMap<number, string> {
    return new Map(this.#names.all().map(({ id, name }) => [id, name]))
  }

  /** Images that one import brought, over all its attempts. */
  countByJob(id: DatasetId, job: JobId): number {
    return this.#countByJob.get({ datasetId: id, jobId: job }) ?? 0
  }

  countUnlabelled(id: DatasetId): number {
    return this.#countUnlabelled.get({ datasetId: id }) ?? 0
  }

  issues(id: DatasetId): IssueRow[] {
    return this.#issues.all({ datasetId: id })
  }

  putSkipped(id: DatasetId, { file, reason, jobId }: Told<'skipped'>): void {
    this.#putIssue.run({
      datasetId: id,
      kind: 'skipped',
      file,
      field: '',
      reason,
      fromValue: null,
      toValue: null,
      jobId,
    })
  }

  putRepaired(id: DatasetId, repair: Told<'repaired'>): void {
    const { file, field, reason, from, to, jobId } = repair
    const values = { fromValue: from, toValue: to }
    this.#putIssue.run({ datasetId: id, kind: 'repaired', file, field, reason, ...values, jobId })
  }

  clearSkipped(id: DatasetId, file: string): void {
    this.#clearSkipped.run({ datasetId: id, file })
  }
}
