import * as z from 'zod'
import {
  crossvalId,
  imageId,
  jobId,
  runId,
  sha256,
  splitId,
  timestamp,
  type CrossvalId,
  type JobId,
  type RunId,
  type SplitId,
} from '#shared/contract/base.contract.ts'
import {
  crossvalDetail,
  foldLeaks,
  outOfSampleResults,
  type CrossvalFold,
  type FoldLeaks,
} from '#shared/contract/crossval.contract.ts'
import { storedTrainConfig, type TrainConfig } from '#shared/contract/train-config.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import type { ImagePrediction } from '#engine/learning/predictions/read-predictions.ts'
import { HeldRows } from '#engine/base/db/held-rows.ts'
import { createRowDecoder, decodeCount, jsonColumn } from '#engine/base/db/row-decoder.ts'
import type { ImageUse } from '#engine/base/holders/image-holder.ts'
import { SealedRows } from '#engine/base/db/sealed-rows.ts'

const decodeCrossval = createRowDecoder({
  id: crossvalId,
  name: z.string(),
  splitId,
  splitHash: sha256,
  folds: z.int(),
  seed: z.int(),
  config: jsonColumn(storedTrainConfig),
  configHash: sha256,
  labels: jsonColumn(crossvalDetail.shape.labels),
  images: z.int(),
  notes: jsonColumn(z.array(z.string())),
  jobId: jobId.nullable(),
  foldHash: sha256.nullable(),
  results: jsonColumn(outOfSampleResults).nullable(),
  foldsDone: z.int(),
  createdAt: timestamp,
})
export type CrossvalRow = ReturnType<typeof decodeCrossval>

const decodeFold = createRowDecoder({
  fold: z.int(),
  images: z.int(),
  groups: z.int(),
  totalVariation: z.number(),
  runId: runId.nullable(),
  finishedAt: timestamp.nullable(),
})

const decodeLeaks = createRowDecoder(foldLeaks.shape)
const decodeRunId = createRowDecoder({ id: runId })

const decodeUse = createRowDecoder({
  id: z.int(),
  name: z.string(),
  images: z.int(),
  hash: sha256.nullable(),
})

const decodePrediction = createRowDecoder({
  imageId,
  fold: z.int(),
  runId,
  labelled: z.int().nullable(),
  predicted: z.int(),
  race: z.string().nullable(),
  labelledYears: z.number().nullable(),
  years: z.number().nullable(),
  probabilities: z.instanceof(Uint8Array),
})
export type StoredPrediction = ReturnType<typeof decodePrediction>

const decodeMember = createRowDecoder({
  imageId,
  fold: z.int(),
  dataset: z.string(),
  path: z.string(),
  fileSha256: sha256,
  groupKey: z.string(),
})
export type FoldMember = ReturnType<typeof decodeMember>

export interface NewCrossval {
  readonly name: string
  readonly splitId: SplitId
  readonly splitHash: string
  readonly folds: number
  readonly seed: number
  readonly config: TrainConfig
  readonly configHash: string
  readonly labels: CrossvalRow['labels']
  readonly images: number
  readonly notes: readonly string[]
  readonly createdAt: string
}

interface NewFoldMember {
  readonly imageId: number
  readonly fold: number
}

interface Page {
  readonly after: number
  readonly limit: number
}

const selectCrossval = `SELECT c.*,
              (SELECT count(*) FROM crossval_fold f WHERE f.crossval_id = c.id AND f.finished_at IS NOT NULL) AS folds_done
       FROM crossval c`

/** Values of a column that stand in more than one fold. */
const countCut = (column: string): string =>
  `(SELECT count(*) FROM (
                SELECT 1 FROM member WHERE ${column} IS NOT NULL GROUP BY ${column} HAVING min(fold) <> max(fold)))`

export class CrossvalRepo {
  readonly held: HeldRows
  readonly #db: Db
  readonly #insert: Command
  readonly #setJob: Command
  readonly #addNote: Command
  readonly #seal: Command
  readonly #setResults: Command
  readonly #select: Query<CrossvalRow>
  readonly #selectAll: Query<CrossvalRow>
  readonly #insertFold: Command
  readonly #finishFold: Command
  readonly #selectFolds: Query<ReturnType<typeof decodeFold>>
  readonly #deleteFolds: Command
  readonly #members: SealedRows<NewFoldMember>
  readonly #selectMembers: Query<FoldMember>
  readonly #selectLeaks: Query<FoldLeaks>
  readonly #selectRun: Query<{ id: RunId }>
  readonly #insertPrediction: Command
  readonly #countPredictions: Query<number>
  readonly #selectPredictions: Query<StoredPrediction>
  readonly #uses: Query<ReturnType<typeof decodeUse>>
  readonly #restate: Command
  readonly #restateFold: Command

  constructor(db: Db) {
    this.#db = db
    const within = 'crossval_id IN (SELECT id FROM crossval)'
    this.held = new HeldRows(db, [
      { table: 'crossval_prediction', within: `${within} AND task IN ('age', 'gender', 'race')` },
      { table: 'crossval_member', within },
    ])
    this.#uses = db.prepareQuery(
      `SELECT c.id, c.name, c.fold_hash AS hash, count(*) AS images
       FROM crossval c
       JOIN crossval_member m ON m.crossval_id = c.id AND m.image_id IN (SELECT value FROM json_each(:ids))
       GROUP BY c.id`,
      decodeUse,
    )
    this.#restate = db.prepareCommand(
      'UPDATE crossval SET fold_hash = :hash, images = :images WHERE id = :crossvalId AND fold_hash IS NOT NULL',
    )
    this.#restateFold = db.prepareCommand(
      `UPDATE crossval_fold SET images = :images, groups = :groups, total_variation = :totalVariation
       WHERE crossval_id = :crossvalId AND fold = :fold`,
    )
    this.#insert = db.prepareCommand(
      `INSERT INTO crossval (name, split_id, split_hash, folds, seed, config, config_hash, labels, images, notes, created_at)
       VALUES (:name, :splitId, :splitHash, :folds, :seed, :config, :configHash, :labels, :images, :notes, :createdAt)`,
    )
    this.#setJob = db.prepareCommand('UPDATE crossval SET job_id = :jobId WHERE id = :crossvalId')
    this.#addNote = db.prepareCommand(
      `UPDATE crossval SET notes = json_insert(notes, '$[#]', :note)
       WHERE id = :crossvalId AND NOT EXISTS (SELECT 1 FROM json_each(crossval.notes) WHERE value = :note)`,
    )
    this.#seal = db.prepareCommand('UPDATE crossval SET fold_hash = :hash WHERE id = :crossvalId')
    this.#setResults = db.prepareCommand(
      'UPDATE crossval SET results = :results, predictions_sha256 = :hash WHERE id = :crossvalId',
    )
    this.#select = db.prepareQuery(`${selectCrossval} WHERE c.id = :crossvalId`, decodeCrossval)
    this.#selectAll = db.prepareQuery(`${selectCrossval} ORDER BY c.id DESC`, decodeCrossval)
    this.#insertFold = db.prepareCommand(
      `INSERT INTO crossval_fold (crossval_id, fold, images, groups, total_variation)
       VALUES (:crossvalId, :fold, :images, :groups, :totalVariation)`,
    )
    this.#finishFold = db.prepareCommand(
      `UPDATE crossval_fold SET finished_at = :at
       WHERE crossval_id = :crossvalId AND fold = :fold AND finished_at IS NULL`,
    )
    this.#selectFolds = db.prepareQuery(
      `SELECT f.fold, f.images, f.groups, f.total_variation, f.finished_at, r.id AS run_id
       FROM crossval_fold f LEFT JOIN run r ON r.crossval_id = f.crossval_id AND r.fold = f.fold
       WHERE f.crossval_id = :crossvalId ORDER BY f.fold`,
      decodeFold,
    )
    this.#deleteFolds = db.prepareCommand('DELETE FROM crossval_fold WHERE crossval_id = :crossvalId')
    this.#members = new SealedRows(db, {
      list: 'crossval',
      rows: 'crossval_member',
      by: 'imageId',
      columns: ['imageId', 'fold'],
    })
    this.#selectMembers = db.prepareQuery(
      `SELECT c.image_id, c.fold, d.name AS dataset, i.path, i.file_sha256, m.group_key
       FROM crossval_member c
       JOIN crossval v ON v.id = c.crossval_id
       JOIN split_member m ON m.split_id = v.split_id AND m.image_id = c.image_id
       JOIN image i ON i.id = c.image_id
       JOIN dataset d ON d.id = i.dataset_id
       WHERE c.crossval_id = :crossvalId AND c.image_id > :after ORDER BY c.image_id LIMIT :limit`,
      decodeMember,
    )
    this.#selectLeaks = db.prepareQuery(
      `WITH member AS (
         SELECT c.fold, m.part, m.group_key, i.identity_id, i.file_sha256, i.pixel_sha256
         FROM crossval_member c
         JOIN crossval v ON v.id = c.crossval_id
         JOIN image i ON i.id = c.image_id
         LEFT JOIN split_member m ON m.split_id = v.split_id AND m.image_id = c.image_id
         WHERE c.crossval_id = :crossvalId)
       SELECT ${countCut('identity_id')} AS identities,
              ${countCut('file_sha256')} AS files,
              ${countCut('pixel_sha256')} AS pixels,
              ${countCut('group_key')} AS groups,
              (SELECT count(*) FROM member WHERE part IS NULL OR part = 'test') AS sealed_images`,
      decodeLeaks,
    )
    this.#selectRun = db.prepareQuery(
      'SELECT id FROM run WHERE crossval_id = :crossvalId AND fold = :fold',
      decodeRunId,
    )
    this.#insertPrediction = db.prepareCommand(
      `INSERT INTO crossval_prediction (crossval_id, task, image_id, run_id, labelled, predicted, years, probabilities)
       VALUES (:crossvalId, :task, :imageId, :runId, :labelled, :predicted, :years, :probabilities)
       ON CONFLICT DO NOTHING`,
    )
    this.#countPredictions = db.prepareQuery(
      `SELECT count(*) AS count
       FROM crossval_member m JOIN crossval_prediction p ON p.crossval_id = m.crossval_id AND p.image_id = m.image_id
       WHERE m.crossval_id = :crossvalId AND m.fold = :fold AND p.task = :task`,
      decodeCount,
    )
    this.#selectPredictions = db.prepareQuery(
      `SELECT p.image_id, c.fold, p.run_id, p.labelled, p.predicted, m.race, p.years, p.probabilities,
              CASE p.task WHEN 'age' THEN m.age_years END AS labelled_years
       FROM crossval_prediction p
       JOIN crossval v ON v.id = p.crossval_id
       JOIN crossval_member c ON c.crossval_id = p.crossval_id AND c.image_id = p.image_id
       JOIN crossval_fold f ON f.crossval_id = c.crossval_id AND f.fold = c.fold
       JOIN split_member m ON m.split_id = v.split_id AND m.image_id = p.image_id
       WHERE p.crossval_id = :crossvalId AND p.task = :task AND p.image_id > :after AND f.finished_at IS NOT NULL
       ORDER BY p.image_id LIMIT :limit`,
      decodePrediction,
    )
  }

  insert({ config, labels, notes, ...row }: NewCrossval): CrossvalId {
    const { lastId } = this.#insert.run({
      ...row,
      config: JSON.stringify(config),
      labels: JSON.stringify(labels),
      notes: JSON.stringify(notes),
    })
    return crossvalId.parse(lastId)
  }

  setJob(id: CrossvalId, job: JobId): void {
    this.#setJob.run({ crossvalId: id, jobId: job })
  }

  /** Adds a sentence to the notes unless it stands there already. */
  addNote(id: CrossvalId, note: string): void {
    this.#addNote.run({ crossvalId: id, note })
  }

  find(id: CrossvalId): CrossvalRow | undefined {
    return this.#select.get({ crossvalId: id })
  }

  /** Newest first. */
  list(): CrossvalRow[] {
    return this.#selectAll.all()
  }

  insertMembers(id: CrossvalId, members: readonly NewFoldMember[]): void {
    this.#members.insert(id, members)
  }

  /** Deletes some members of folds that are not sealed; true while there may be more. */
  deleteMembers(id: CrossvalId, limit: number): boolean {
    return this.#members.deleteSome(id, limit)
  }

  /** Seals the folds; throws when members are missing. */
  seal(
    id: CrossvalId,
    folds: {
      hash: string
      images: number
      figures: readonly Pick<CrossvalFold, 'images' | 'groups' | 'totalVariation'>[]
    },
  ): void {
    this.#members.seal(id, folds.images, () => {
      this.#deleteFolds.run({ crossvalId: id })
      folds.figures.forEach((figures, index) =>
        this.#insertFold.run({ crossvalId: id, fold: index + 1, ...figures }),
      )
      this.#seal.run({ crossvalId: id, hash: folds.hash })
    })
  }

  /** In order; none until the folds are sealed. */
  folds(id: CrossvalId): CrossvalFold[] {
    return this.#selectFolds.all({ crossvalId: id })
  }

  /** Counted over the stored folds by the groups of the split, and by the persons and hashes of the images as they stand now. */
  leaks(id: CrossvalId): FoldLeaks {
    const leaks = this.#selectLeaks.get({ crossvalId: id })
    if (leaks === undefined) throw new Error('A count gave no row')
    return leaks
  }

  findRun(id: CrossvalId, fold: number): RunId | undefined {
    return this.#selectRun.get({ crossvalId: id, fold })?.id
  }

  /** Members in the order of the images' ids. */
  members(id: CrossvalId, page: Page): FoldMember[] {
    return this.#selectMembers.all({ crossvalId: id, ...page })
  }

  /** Those that stand there already stay as they are. */
  insertPredictions(
    by: { readonly crossvalId: CrossvalId; readonly runId: RunId },
    predictions: readonly ImagePrediction[],
  ): void {
    this.#db.transact(() => {
      for (const prediction of predictions) this.#insertPrediction.run({ ...by, ...prediction })
    })
  }

  /** Of the images that a fold holds. */
  countPredictions(id: CrossvalId, { fold, task }: { fold: number; task: Task }): number {
    return this.#countPredictions.get({ crossvalId: id, fold, task }) ?? 0
  }

  finishFold(id: CrossvalId, { fold, at }: { fold: number; at: string }): void {
    this.#finishFold.run({ crossvalId: id, fold, at })
  }

  /** Of finished folds, in the order of the images' ids. */
  predictions(id: CrossvalId, { task, after, limit }: Page & { task: Task }): StoredPrediction[] {
    return this.#selectPredictions.all({ crossvalId: id, task, after, limit })
  }

  /** The cross-validations whose folds hold some of these images. */
  uses(imageIds: readonly number[]): ImageUse[] {
    return this.#uses
      .all({ ids: JSON.stringify(imageIds) })
      .map(({ hash, ...use }) => ({ kind: 'crossval', ...use, ...(hash === null ? {} : { hash }) }))
  }

  /** What sealed folds are after an erasure that took some of their images. */
  restate(
    id: CrossvalId,
    {
      hash,
      figures,
    }: {
      hash: string
      figures: readonly Pick<CrossvalFold, 'images' | 'groups' | 'totalVariation'>[]
    },
  ): void {
    this.#db.transact(() => {
      const images = figures.reduce((sum, fold) => sum + fold.images, 0)
      this.#restate.run({ crossvalId: id, hash, images })
      figures.forEach((fold, index) => this.#restateFold.run({ crossvalId: id, fold: index + 1, ...fold }))
    })
  }

  /** @param results.hash over them and every prediction */
  setResults(id: CrossvalId, { text, hash }: { readonly text: string; readonly hash: string }): void {
    this.#setResults.run({ crossvalId: id, results: text, hash })
  }
}
