import * as z from 'zod'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'

const decodeSealed = createRowDecoder({
  id: z.int(),
  modelId: z.int(),
  splitId: z.int(),
  splitHash: z.string(),
  weightsSha256: z.string(),
  part: z.string(),
  /** In no hash of its own: the ledger's line of the evaluation says it too. */
  opening: z.int().nullable(),
  /** As it was written: what a schema makes of it is not what was hashed. */
  result: z.string(),
  createdAt: z.string(),
  sha256: z.string().nullable(),
  predictionsSha256: z.string().nullable(),
})
export type SealedEvaluation = ReturnType<typeof decodeSealed>

const decodeAnswer = createRowDecoder({
  task: z.string(),
  imageId: z.int(),
  labelled: z.int().nullable(),
  predicted: z.int(),
  years: z.number().nullable(),
  probabilities: z.instanceof(Uint8Array),
})
export type SealedAnswer = ReturnType<typeof decodeAnswer>

/** What the hashes of an evaluation were made of, as it is stored now. */
export class EvaluationSealRepo {
  readonly #find: Query<SealedEvaluation>
  readonly #list: Query<SealedEvaluation>
  readonly #answers: Query<SealedAnswer>

  constructor(db: Db) {
    this.#find = db.prepareQuery('SELECT * FROM evaluation WHERE id = :evaluationId', decodeSealed)
    this.#list = db.prepareQuery('SELECT * FROM evaluation ORDER BY id', decodeSealed)
    this.#answers = db.prepareQuery(
      `SELECT task, image_id, labelled, predicted, years, probabilities FROM prediction
       WHERE evaluation_id = :evaluationId AND (task, image_id) > (:task, :after)
       ORDER BY task, image_id LIMIT :limit`,
      decodeAnswer,
    )
  }

  find(evaluationId: number): SealedEvaluation | undefined {
    return this.#find.get({ evaluationId })
  }

  list(): SealedEvaluation[] {
    return this.#list.all()
  }

  answers(page: { evaluationId: number; task: string; after: number; limit: number }): SealedAnswer[] {
    return this.#answers.all(page)
  }
}
