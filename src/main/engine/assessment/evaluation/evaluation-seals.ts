import { setImmediate as yieldToEvents } from 'node:timers/promises'
import { assertUnchanged, type ChangedThing } from '#engine/base/integrity/refuse-changed.ts'
import type { VerifiedOnce } from '#engine/base/integrity/verified-once.ts'
import { hashBytes, hashCanonical } from '#engine/base/kernel/hash.ts'
import { PredictionHash } from '#engine/learning/predictions/prediction-hash.ts'
import type { EvaluationSealRepo, SealedEvaluation } from './evaluation-seal.repo.ts'

const advice = 'Put a copy of the catalogue back (evenhand backup list), or evaluate again.'
const rowsPerPage = 2000

/** SHA-256 of an evaluation's record. @param record.result the JSON text as it is stored */
export function hashEvaluation(
  record: Omit<SealedEvaluation, 'id' | 'opening' | 'sha256' | 'predictionsSha256'> & {
    readonly predictionsSha256: string
  },
): string {
  const { modelId, splitId, splitHash, weightsSha256, part, result, createdAt, predictionsSha256 } = record
  const resultSha256 = hashBytes(result)
  return hashCanonical({
    modelId,
    splitId,
    splitHash,
    weightsSha256,
    part,
    resultSha256,
    createdAt,
    predictionsSha256,
  })
}

/** Holds evaluations and the answers behind them against their hashes where they are used. */
export class EvaluationSeals {
  readonly #repo: EvaluationSealRepo
  readonly #verified: VerifiedOnce

  constructor(deps: { repo: EvaluationSealRepo; verified: VerifiedOnce }) {
    this.#repo = deps.repo
    this.#verified = deps.verified
  }

  /** Throws CONFLICT naming an evaluation whose figures are no longer those that were stored. */
  async verifyRecords(): Promise<void> {
    await this.#verified.check('records of evaluations', async () => {
      for (const row of this.#repo.list()) {
        const record = this.inspectRecord(row)
        if (record !== null) assertUnchanged(record)
      }
    })
  }

  /** The same for one, with the answers behind its figures. */
  async verify(id: number, signal?: AbortSignal): Promise<void> {
    await this.#verified.check(`evaluation ${id}`, async () => {
      const row = this.#repo.find(id)
      if (row === undefined) return
      const record = this.inspectRecord(row)
      if (record !== null) assertUnchanged(record)
      const answers = await this.inspectPredictions(row, signal)
      if (answers !== null) assertUnchanged(answers)
    })
  }

  /** The hashes of an evaluation whose answers an erasure has thinned; null for one of an older version, which has none. */
  async hashAsStored(
    id: number,
    signal: AbortSignal,
  ): Promise<{ sha256: string; predictionsSha256: string } | null> {
    const row = this.#repo.find(id)
    if (row === undefined || row.sha256 === null) return null
    const predictionsSha256 = await this.#hashAnswers(id, signal)
    return { sha256: hashEvaluation({ ...row, predictionsSha256 }), predictionsSha256 }
  }

  list(): SealedEvaluation[] {
    return this.#repo.list()
  }

  /** Null where an older version recorded no hash. */
  inspectRecord({ id, sha256, predictionsSha256, ...record }: SealedEvaluation): ChangedThing | null {
    if (sha256 === null) return null
    const found = hashEvaluation({ ...record, predictionsSha256: predictionsSha256 ?? '' })
    return { subject: `Evaluation ${id}`, expected: sha256, found, advice }
  }

  async inspectPredictions(
    { id, predictionsSha256: expected }: SealedEvaluation,
    signal?: AbortSignal,
  ): Promise<ChangedThing | null> {
    if (expected === null) return null
    const found = await this.#hashAnswers(id, signal)
    return { subject: `The answers behind evaluation ${id}`, expected, found, advice }
  }

  async #hashAnswers(id: number, signal?: AbortSignal): Promise<string> {
    const digest = new PredictionHash()
    for (let [task, after] = ['', 0]; ;) {
      signal?.throwIfAborted()
      const page = this.#repo.answers({ evaluationId: id, task, after, limit: rowsPerPage })
      for (const answer of page) digest.add(answer)
      const last = page.at(-1)
      if (last === undefined || page.length < rowsPerPage) return digest.read()
      task = last.task
      after = last.imageId
      await yieldToEvents()
    }
  }
}
