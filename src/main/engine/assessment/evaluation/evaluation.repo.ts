import * as z from 'zod'
import {
  type CrossvalId,
  evaluationId,
  imageId,
  modelId,
  sha256,
  splitId,
  task,
  timestamp,
  type EvaluationId,
  type JobId,
  type SplitId,
} from '#shared/contract/base.contract.ts'
import { evaluationDetail } from '#shared/contract/evaluation.contract.ts'
import { partName, type PartName } from '#shared/contract/split.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { HeldRows } from '#engine/base/db/held-rows.ts'
import type { ImageUse } from '#engine/base/holders/image-holder.ts'
import { PredictionHash } from '#engine/learning/predictions/prediction-hash.ts'
import { hashEvaluation } from './evaluation-seals.ts'
import type { ImagePrediction } from '#engine/learning/predictions/read-predictions.ts'
import { createRowDecoder, decodeCount, jsonColumn } from '#engine/base/db/row-decoder.ts'

const storedResult = evaluationDetail
  .pick({
    tasks: true,
    images: true,
    intervals: true,
    bootstrap: true,
    computedBy: true,
    rounding: true,
    notes: true,
  })
  .extend({
    /** Images in which a model of faces found none, so that an erasure can say it anew; null in evaluations of older versions. */
    withoutFace: z.array(imageId).nullable().default(null),
  })
export type StoredResult = z.infer<typeof storedResult>

const decodeEvaluation = createRowDecoder({
  id: evaluationId,
  modelId,
  model: z.string(),
  weightsSha256: sha256,
  splitId,
  split: z.string(),
  splitHash: sha256,
  part: partName,
  /** Line of the access log that opened the test part; null for other parts and from before sealing existed. */
  opening: z.int().nullable(),
  result: jsonColumn(storedResult),
  createdAt: timestamp,
})
export type EvaluationRow = ReturnType<typeof decodeEvaluation>

const decodeCellImage = createRowDecoder({
  imageId,
  predicted: z.int().nonnegative(),
  years: z.number().nullable(),
  labelledYears: z.number().nullable(),
  probabilities: z.instanceof(Uint8Array),
  pixelSha256: sha256,
})
export type CellImageRow = ReturnType<typeof decodeCellImage>

const decodeUse = createRowDecoder({ id: z.int(), name: z.string(), images: z.int() })
const decodeId = createRowDecoder({ id: evaluationId })
const decodeStored = createRowDecoder({
  imageId,
  task,
  labelled: z.int().nullable(),
  predicted: z.int(),
  years: z.number().nullable(),
})
const decodeRecorded = createRowDecoder({
  imageId,
  labelled: z.int().nullable(),
  predicted: z.int(),
  years: z.number().nullable(),
  probabilities: z.instanceof(Uint8Array),
})
/** An answer with all that figures are made of. */
export type RecordedAnswer = ReturnType<typeof decodeRecorded>
/** An answer as it lies beside its evaluation. */
export type StoredAnswer = ReturnType<typeof decodeStored>

/** An evaluation by what it hashes to. */
export interface StoredEvaluation {
  readonly evaluation: number
  readonly sha256: string
  readonly predictionsSha256: string
}

export interface NewEvaluation {
  readonly modelId: number
  readonly splitId: number
  readonly splitHash: string
  readonly weightsSha256: string
  readonly part: PartName
  readonly opening: number | null
  readonly result: StoredResult
  readonly createdAt: string
  readonly jobId: JobId
}

const columns = `e.id, e.model_id, m.name AS model, e.weights_sha256, e.split_id, s.name AS split, e.split_hash, e.part, e.opening,
              e.result, e.created_at
       FROM evaluation e JOIN model m ON m.id = e.model_id JOIN split s ON s.id = e.split_id`

/** By task and image, as the table has them. */
const compareAnswers = (a: ImagePrediction, b: ImagePrediction): number =>
  a.task === b.task ? a.imageId - b.imageId : a.task < b.task ? -1 : 1

export interface PartOfSplit {
  readonly splitId: SplitId
  readonly part: PartName
}

interface PartsOfSplit {
  readonly splitId: SplitId
  readonly parts: readonly PartName[]
  /** A fold of a cross-validation whose images are left out. */
  readonly without?: { readonly crossvalId: CrossvalId; readonly fold: number }
}

export class EvaluationRepo {
  readonly held: HeldRows
  readonly #db: Db
  readonly #insert: Command
  readonly #insertPrediction: Command
  readonly #select: Query<EvaluationRow>
  readonly #selectByJob: Query<EvaluationRow>
  readonly #selectAll: Query<EvaluationRow>
  readonly #selectCell: Query<CellImageRow>
  readonly #countShared: Query<number>
  readonly #uses: Query<ReturnType<typeof decodeUse>>
  readonly #answers: Query<StoredAnswer>
  readonly #answersOf: Query<StoredAnswer>
  readonly #answerPage: Query<RecordedAnswer>
  readonly #ids: Query<{ id: EvaluationId }>
  readonly #restate: Command
  readonly #reseal: Command

  constructor(db: Db) {
    this.#db = db
    const within = `evaluation_id IN (SELECT id FROM evaluation) AND task IN ('age', 'gender', 'race')`
    this.held = new HeldRows(db, [{ table: 'prediction', within }])
    this.#uses = db.prepareQuery(
      `SELECT e.id, m.name, count(DISTINCT p.image_id) AS images
       FROM evaluation e
       JOIN model m ON m.id = e.model_id
       JOIN prediction p ON p.evaluation_id = e.id AND p.task IN ('age', 'gender', 'race')
         AND p.image_id IN (SELECT value FROM json_each(:ids))
       GROUP BY e.id`,
      decodeUse,
    )
    this.#answers = db.prepareQuery(
      `SELECT image_id, task, labelled, predicted, years FROM prediction
       WHERE evaluation_id = :evaluationId AND task = :task ORDER BY image_id`,
      decodeStored,
    )
    this.#answersOf = db.prepareQuery(
      `SELECT image_id, task, labelled, predicted, years FROM prediction
       WHERE evaluation_id = :evaluationId AND task IN ('age', 'gender', 'race')
         AND image_id IN (SELECT value FROM json_each(:ids))`,
      decodeStored,
    )
    this.#answerPage = db.prepareQuery(
      `SELECT image_id, labelled, predicted, years, probabilities FROM prediction
       WHERE evaluation_id = :evaluationId AND task = :task AND image_id > :after ORDER BY image_id LIMIT :limit`,
      decodeRecorded,
    )
    this.#ids = db.prepareQuery('SELECT id FROM evaluation ORDER BY id DESC', decodeId)
    this.#restate = db.prepareCommand(
      `UPDATE evaluation
       SET result = :result, split_hash = (SELECT hash FROM split WHERE split.id = evaluation.split_id)
       WHERE id = :evaluationId`,
    )
    this.#reseal = db.prepareCommand(
      `UPDATE evaluation SET sha256 = :sha256, predictions_sha256 = :predictionsSha256 WHERE id = :evaluationId`,
    )
    this.#insert = db.prepareCommand(
      `INSERT INTO evaluation (model_id, split_id, split_hash, weights_sha256, part, opening, result, created_at, job_id,
                               sha256, predictions_sha256)
       VALUES (:modelId, :splitId, :splitHash, :weightsSha256, :part, :opening, :result, :createdAt, :jobId,
               :sha256, :predictionsSha256)`,
    )
    this.#insertPrediction = db.prepareCommand(
      `INSERT INTO prediction (evaluation_id, image_id, task, labelled, predicted, years, probabilities)
       VALUES (:evaluationId, :imageId, :task, :labelled, :predicted, :years, :probabilities)`,
    )
    this.#select = db.prepareQuery(`SELECT ${columns} WHERE e.id = :evaluationId`, decodeEvaluation)
    this.#selectByJob = db.prepareQuery(`SELECT ${columns} WHERE e.job_id = :jobId`, decodeEvaluation)
    this.#selectAll = db.prepareQuery(`SELECT ${columns} ORDER BY e.id DESC`, decodeEvaluation)
    this.#selectCell = db.prepareQuery(
      `SELECT p.image_id, p.predicted, p.years, p.probabilities, i.pixel_sha256,
              CASE p.task WHEN 'age' THEN m.age_years END AS labelled_years
       FROM prediction p
       JOIN image i ON i.id = p.image_id
       JOIN evaluation e ON e.id = p.evaluation_id
       JOIN split_member m ON m.split_id = e.split_id AND m.image_id = p.image_id
       WHERE p.evaluation_id = :evaluationId AND p.task = :task AND p.labelled = :labelled AND p.predicted = :predicted`,
      decodeCellImage,
    )
    this.#countShared = db.prepareQuery(
      `SELECT count(*) AS count
       FROM split_member asked JOIN image ON image.id = asked.image_id
       WHERE asked.split_id = :splitId AND asked.part = :part
         AND EXISTS (
           SELECT 1
           FROM image twin
           JOIN split_member own ON own.split_id = :ownSplitId AND own.image_id = twin.id
             AND own.part IN (SELECT value FROM json_each(:ownParts))
             AND NOT EXISTS (SELECT 1 FROM crossval_member held WHERE held.crossval_id = :crossvalId
               AND held.fold = :fold AND held.image_id = twin.id)
           WHERE twin.pixel_sha256 = image.pixel_sha256)`,
      decodeCount,
    )
  }

  /**
   * Stores an evaluation with every answer behind it, or nothing.
   * @param alongside what belongs to the same transaction
   */
  insert(
    { result, ...row }: NewEvaluation,
    predictions: readonly ImagePrediction[],
    alongside: (stored: StoredEvaluation) => void,
  ): EvaluationId {
    const digest = new PredictionHash()
    for (const prediction of predictions.toSorted(compareAnswers)) digest.add(prediction)
    const predictionsSha256 = digest.read()
    const record = { ...row, result: JSON.stringify(result), predictionsSha256 }
    const sha256Of = hashEvaluation(record)
    return this.#db.transact(() => {
      const id = evaluationId.parse(this.#insert.run({ ...record, sha256: sha256Of }).lastId)
      for (const prediction of predictions) this.#insertPrediction.run({ evaluationId: id, ...prediction })
      alongside({ evaluation: id, sha256: sha256Of, predictionsSha256 })
      return id
    })
  }

  find(id: EvaluationId): EvaluationRow | undefined {
    return this.#select.get({ evaluationId: id })
  }

  findByJob(jobId: JobId): EvaluationRow | undefined {
    return this.#selectByJob.get({ jobId })
  }

  /** Newest first. */
  list(): EvaluationRow[] {
    return this.#selectAll.all()
  }

  cell(at: { evaluationId: EvaluationId; task: Task; labelled: number; predicted: number }): CellImageRow[] {
    return this.#selectCell.all(at)
  }

  /** The evaluations that counted some of these images. */
  uses(imageIds: readonly number[]): ImageUse[] {
    return this.#uses.all({ ids: JSON.stringify(imageIds) }).map((use) => ({ kind: 'evaluation', ...use }))
  }

  /** The answers to one task, in the order of the images' ids. */
  answers(id: EvaluationId, about: Task): StoredAnswer[] {
    return this.#answers.all({ evaluationId: id, task: about })
  }

  /** The answers to one task after an image, in the order of the images' ids, with the probabilities behind them. */
  answerPage(page: {
    evaluationId: EvaluationId
    task: Task
    after: number
    limit: number
  }): RecordedAnswer[] {
    return this.#answerPage.all(page)
  }

  /** What an evaluation answered for some images, task by task. */
  answersOf(id: EvaluationId, imageIds: readonly number[]): StoredAnswer[] {
    return this.#answersOf.all({ evaluationId: id, ids: JSON.stringify(imageIds) })
  }

  /** Newest first. */
  ids(): EvaluationId[] {
    return this.#ids.all().map(({ id }) => id)
  }

  /** What an evaluation comes to after an erasure that took some of its images. */
  restate(id: EvaluationId, result: StoredResult): void {
    this.#restate.run({ evaluationId: id, result: JSON.stringify(result) })
  }

  reseal(id: EvaluationId, hashes: { sha256: string; predictionsSha256: string }): void {
    this.#reseal.run({ evaluationId: id, ...hashes })
  }

  /** Images of a part whose pixels stand in parts of another split too, be it under another data set. */
  countShared({ asked, own }: { asked: PartOfSplit; own: PartsOfSplit }): number {
    const ownParts = JSON.stringify(own.parts)
    const { crossvalId = null, fold = null } = own.without ?? {}
    return this.#countShared.get({ ...asked, ownSplitId: own.splitId, ownParts, crossvalId, fold }) ?? 0
  }
}
