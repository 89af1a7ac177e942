import * as z from 'zod'
import {
  datasetId,
  sha256,
  snapshotId,
  splitId,
  timestamp,
  type DatasetId,
  type JobId,
  type SnapshotId,
  type SplitId,
} from '#shared/contract/base.contract.ts'
import {
  partName,
  splitPlan,
  splitRequest,
  splitSummary,
  type SplitPlan,
  type SplitRequest,
  type SplitSummary,
} from '#shared/contract/split.contract.ts'
import type { LabelScheme } from '#shared/domain/label-schemes.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { HeldRows } from '#engine/base/db/held-rows.ts'
import { createRowDecoder, decodeCount, jsonColumn } from '#engine/base/db/row-decoder.ts'
import type { ImageUse } from '#engine/base/holders/image-holder.ts'
import { SealedRows } from '#engine/base/db/sealed-rows.ts'
import type { MemberLabels } from '#engine/data/members/domain/label-columns.ts'

const storedFigures = splitSummary.pick({ parts: true, totalVariation: true })
export type SplitFigures = z.infer<typeof storedFigures>

const decodeSplit = createRowDecoder({
  id: splitId,
  name: z.string(),
  hash: sha256,
  seed: z.int(),
  ratios: jsonColumn(splitSummary.shape.ratios),
  summary: jsonColumn(storedFigures),
  snapshotId: snapshotId.nullable(),
  createdAt: timestamp,
  plan: jsonColumn(splitPlan).nullable(),
})
const decodeId = createRowDecoder({ id: splitId })
const decodeUse = createRowDecoder({ id: z.int(), name: z.string(), images: z.int(), hash: sha256 })
const decodeRequest = createRowDecoder({ input: jsonColumn(splitRequest) })
const decodeName = createRowDecoder({ name: z.string() })
const decodeDataset = createRowDecoder({ id: datasetId })
const decodeExportRow = createRowDecoder({
  imageId: z.int(),
  dataset: z.string(),
  path: z.string(),
  groupKey: z.string(),
  race: z.string().nullable(),
  gender: z.string().nullable(),
  ageBin: z.string().nullable(),
  part: partName,
  fileSha256: sha256,
})
export type SplitExportRow = ReturnType<typeof decodeExportRow>

export interface NewSplit {
  readonly name: string
  readonly hash: string
  readonly seed: number
  readonly ratios: SplitSummary['ratios']
  readonly labelScheme: LabelScheme
  readonly figures: SplitFigures
  readonly snapshotId: SnapshotId | null
  readonly jobId: JobId
  readonly createdAt: string
  readonly plan: SplitPlan
}

export interface NewSplitMember extends MemberLabels {
  readonly groupKey: string
  readonly part: string
}

const toSummary = ({ id, summary, ...row }: ReturnType<typeof decodeSplit>): SplitSummary => ({
  splitId: id,
  ...row,
  ...summary,
})

const columns = 'id, name, hash, seed, ratios, summary, snapshot_id, created_at, plan'

export class SplitRepo {
  readonly held: HeldRows
  readonly #db: Db
  readonly #insert: Command
  readonly #members: SealedRows<NewSplitMember>
  readonly #complete: Command
  readonly #delete: Command
  readonly #selectAll: Query<ReturnType<typeof decodeSplit>>
  readonly #select: Query<ReturnType<typeof decodeSplit>>
  readonly #selectByJob: Query<ReturnType<typeof decodeSplit>>
  readonly #selectRequest: Query<{ input: SplitRequest }>
  readonly #selectUnfinished: Query<{ id: SplitId }>
  readonly #selectNames: Query<{ name: string }>
  readonly #selectDatasets: Query<{ id: DatasetId }>
  readonly #countSnapshots: Query<number>
  readonly #selectExport: Query<SplitExportRow>
  readonly #uses: Query<ReturnType<typeof decodeUse>>
  readonly #restate: Command

  constructor(db: Db) {
    this.#db = db
    this.held = new HeldRows(db, [{ table: 'split_member', isBuiltOn: true }])
    this.#uses = db.prepareQuery(
      `SELECT s.id, s.name, s.hash, count(*) AS images
       FROM split s JOIN split_member m ON m.split_id = s.id
       WHERE s.is_complete = 1 AND m.image_id IN (SELECT value FROM json_each(:ids))
       GROUP BY s.id`,
      decodeUse,
    )
    this.#restate = db.prepareCommand('UPDATE split SET hash = :hash, summary = :summary WHERE id = :splitId')
    this.#insert = db.prepareCommand(
      `INSERT INTO split (name, hash, seed, ratios, label_scheme, summary, snapshot_id, job_id, created_at, plan)
       VALUES (:name, :hash, :seed, :ratios, :labelScheme, :summary, :snapshotId, :jobId, :createdAt, :plan)`,
    )
    this.#members = new SealedRows(db, {
      list: 'split',
      rows: 'split_member',
      by: 'imageId',
      columns: ['imageId', 'groupKey', 'part', 'race', 'gender', 'ageBin', 'ageYears'],
    })
    this.#complete = db.prepareCommand('UPDATE split SET is_complete = 1 WHERE id = :splitId')
    this.#delete = db.prepareCommand('DELETE FROM split WHERE id = :splitId')
    this.#selectAll = db.prepareQuery(
      `SELECT ${columns} FROM split WHERE is_complete = 1 ORDER BY id DESC`,
      decodeSplit,
    )
    this.#select = db.prepareQuery(
      `SELECT ${columns} FROM split WHERE id = :splitId AND is_complete = 1`,
      decodeSplit,
    )
    this.#selectByJob = db.prepareQuery(
      `SELECT ${columns} FROM split WHERE job_id = :jobId AND is_complete = 1`,
      decodeSplit,
    )
    this.#selectRequest = db.prepareQuery(
      `SELECT j.input FROM split s JOIN job j ON j.id = s.job_id AND j.kind = 'split' WHERE s.id = :splitId`,
      decodeRequest,
    )
    this.#selectUnfinished = db.prepareQuery('SELECT id FROM split WHERE is_complete = 0', decodeId)
    this.#selectNames = db.prepareQuery('SELECT name FROM split WHERE is_complete = 1', decodeName)
    this.#selectDatasets = db.prepareQuery('SELECT id FROM dataset ORDER BY id', decodeDataset)
    this.#countSnapshots = db.prepareQuery(
      'SELECT count(*) AS count FROM snapshot WHERE id = :snapshotId AND is_complete = 1',
      decodeCount,
    )
    this.#selectExport = db.prepareQuery(
      `SELECT m.image_id, d.name AS dataset, i.path, m.group_key, m.race, m.gender, m.age_bin, m.part, i.file_sha256
       FROM split_member m JOIN image i ON i.id = m.image_id JOIN dataset d ON d.id = i.dataset_id
       WHERE m.split_id = :splitId AND m.image_id > :after ORDER BY m.image_id LIMIT :limit`,
      decodeExportRow,
    )
  }

  /** Begins a split that nobody sees until `complete`. */
  insert({ ratios, figures, plan, ...split }: NewSplit): SplitId {
    const { lastId } = this.#insert.run({
      ...split,
      ratios: JSON.stringify(ratios),
      summary: JSON.stringify(figures),
      plan: JSON.stringify(plan),
    })
    return splitId.parse(lastId)
  }

  insertMembers(id: SplitId, members: readonly NewSplitMember[]): void {
    this.#members.insert(id, members)
  }

  /** Seals a split; throws when members are missing. */
  complete(id: SplitId, images: number): void {
    this.#members.seal(id, images, () => this.#complete.run({ splitId: id }))
  }

  /** The splits that hold some of these images. */
  uses(imageIds: readonly number[]): ImageUse[] {
    return this.#uses.all({ ids: JSON.stringify(imageIds) }).map((use) => ({ kind: 'split', ...use }))
  }

  /** What a split is after an erasure that took some of its images. */
  restate(id: number, { hash, ...figures }: SplitFigures & { readonly hash: string }): void {
    this.#restate.run({ splitId: id, hash, summary: JSON.stringify(figures) })
  }

  /** Splits whose making was cut off. */
  unfinished(): SplitId[] {
    return this.#selectUnfinished.all().map(({ id }) => id)
  }

  /** Deletes some members of an unfinished split, then the split; true while there is more to delete. */
  deleteUnfinished(id: SplitId, limit: number): boolean {
    return this.#db.transact(() => {
      if (this.#members.deleteSome(id, limit)) return true
      this.#delete.run({ splitId: id })
      return false
    })
  }

  list(): SplitSummary[] {
    return this.#selectAll.all().map(toSummary)
  }

  find(id: SplitId): SplitSummary | undefined {
    const row = this.#select.get({ splitId: id })
    return row === undefined ? undefined : toSummary(row)
  }

  findByJob(jobId: JobId): SplitSummary | undefined {
    const row = this.#selectByJob.get({ jobId })
    return row === undefined ? undefined : toSummary(row)
  }

  /** What a split was asked for; undefined for one that no job of this project has made. */
  findRequest(id: SplitId): SplitRequest | undefined {
    return this.#selectRequest.get({ splitId: id })?.input
  }

  names(): Set<string> {
    return new Set(this.#selectNames.all().map(({ name }) => name))
  }

  datasets(): DatasetId[] {
    return this.#selectDatasets.all().map(({ id }) => id)
  }

  hasSnapshot(id: SnapshotId): boolean {
    return this.#countSnapshots.get({ snapshotId: id }) === 1
  }

  /** A page in the order of image ids. */
  exportRows(page: { splitId: SplitId; after: number; limit: number }): SplitExportRow[] {
    return this.#selectExport.all(page)
  }
}
