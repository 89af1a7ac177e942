import * as z from 'zod'
import type { Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder } from '#engine/base/db/row-decoder.ts'
import { contentOrder, type ContentPage } from '#engine/data/members/in-content-order.ts'

const decodeSealed = createRowDecoder({
  id: z.int(),
  name: z.string(),
  splitHash: z.string(),
  folds: z.int(),
  seed: z.int(),
  foldHash: z.string().nullable(),
  results: z.string().nullable(),
  predictionsSha256: z.string().nullable(),
})
export type SealedCrossval = ReturnType<typeof decodeSealed>

const decodeMember = createRowDecoder({
  imageId: z.int(),
  fileSha256: z.string(),
  dataset: z.string(),
  path: z.string(),
  fold: z.int(),
})
export type SealedFoldMember = ReturnType<typeof decodeMember>

const decodeAnswer = createRowDecoder({
  task: z.string(),
  imageId: z.int(),
  runId: z.int(),
  labelled: z.int().nullable(),
  predicted: z.int(),
  years: z.number().nullable(),
  probabilities: z.instanceof(Uint8Array),
})
export type SealedAnswer = ReturnType<typeof decodeAnswer>

/** What the hashes of a cross-validation were made of, as it is stored now. */
export class CrossvalSealRepo {
  readonly #find: Query<SealedCrossval>
  readonly #list: Query<SealedCrossval>
  readonly #members: Query<SealedFoldMember>
  readonly #answers: Query<SealedAnswer>

  constructor(db: Db) {
    const columns = 'id, name, split_hash, folds, seed, fold_hash, results, predictions_sha256'
    this.#find = db.prepareQuery(`SELECT ${columns} FROM crossval WHERE id = :crossvalId`, decodeSealed)
    this.#list = db.prepareQuery(
      `SELECT ${columns} FROM crossval WHERE fold_hash IS NOT NULL ORDER BY id`,
      decodeSealed,
    )
    this.#members = db.prepareQuery(
      `SELECT ${contentOrder.columns}, m.fold
       ${contentOrder.from('crossval_member', 'm.crossval_id = :crossvalId')}
       WHERE ${contentOrder.where} ${contentOrder.orderBy}`,
      decodeMember,
    )
    this.#answers = db.prepareQuery(
      `SELECT task, image_id, run_id, labelled, predicted, years, probabilities FROM crossval_prediction
       WHERE crossval_id = :crossvalId AND (task, image_id) > (:task, :after)
       ORDER BY task, image_id LIMIT :limit`,
      decodeAnswer,
    )
  }

  find(crossvalId: number): SealedCrossval | undefined {
    return this.#find.get({ crossvalId })
  }

  /** Those whose folds are sealed. */
  list(): SealedCrossval[] {
    return this.#list.all()
  }

  members(crossvalId: number, page: ContentPage): SealedFoldMember[] {
    return this.#members.all({ crossvalId, ...page })
  }

  answers(page: { crossvalId: number; task: string; after: number; limit: number }): SealedAnswer[] {
    return this.#answers.all(page)
  }
}
