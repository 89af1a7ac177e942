import { setImmediate as yieldToEvents } from 'node:timers/promises'
import { assertUnchanged, type ChangedThing } from '#engine/base/integrity/refuse-changed.ts'
import type { VerifiedOnce } from '#engine/base/integrity/verified-once.ts'
import { hashBytes, hashCanonical } from '#engine/base/kernel/hash.ts'
import { MemberHash } from '#engine/data/members/hash-members.ts'
import { inContentOrder } from '#engine/data/members/in-content-order.ts'
import { PredictionHash } from '#engine/learning/predictions/prediction-hash.ts'
import { foldAlgorithm } from './compute-folds.ts'
import type { CrossvalSealRepo, SealedCrossval } from './crossval-seal.repo.ts'

const advice =
  'Put a copy of the catalogue back (evenhand backup list), or cross-validate anew; nothing was computed with it.'
const rowsPerPage = 2000

/** Holds folds and out-of-sample predictions against their hashes where they are used. */
export class CrossvalSeals {
  readonly #repo: CrossvalSealRepo
  readonly #verified: VerifiedOnce

  constructor(deps: { repo: CrossvalSealRepo; verified: VerifiedOnce }) {
    this.#repo = deps.repo
    this.#verified = deps.verified
  }

  /** Throws CONFLICT where sealed folds are no longer what was sealed. */
  async verifyFolds(id: number, signal?: AbortSignal): Promise<void> {
    if ((this.#repo.find(id)?.foldHash ?? null) === null) return
    await this.#verified.check(`folds ${id}`, async () => {
      const row = this.#repo.find(id)
      const found = row === undefined ? null : await this.inspectFolds(row, signal)
      if (found !== null) assertUnchanged(found)
    })
  }

  /** The same for folds and, once it has ended, predictions. */
  async verify(id: number, signal?: AbortSignal): Promise<void> {
    await this.verifyFolds(id, signal)
    if ((this.#repo.find(id)?.predictionsSha256 ?? null) === null) return
    await this.#verified.check(`predictions of crossval ${id}`, async () => {
      const row = this.#repo.find(id)
      const found = row === undefined ? null : await this.inspectPredictions(row, signal)
      if (found !== null) assertUnchanged(found)
    })
  }

  /** What is recorded with the results, once the last prediction is stored. @param results as they are stored */
  async hashResults(id: number, results: string, signal?: AbortSignal): Promise<string> {
    const predictions = await this.#hashPredictions(id, signal)
    return hashCanonical({ predictions, results: hashBytes(results) })
  }

  list(): SealedCrossval[] {
    return this.#repo.list()
  }

  /** Null before the folds are sealed. */
  async inspectFolds(
    { id, name, splitHash, folds, seed, foldHash }: SealedCrossval,
    signal?: AbortSignal,
  ): Promise<ChangedThing | null> {
    if (foldHash === null) return null
    const digest = new MemberHash({ algorithm: foldAlgorithm, splitHash, folds, seed })
    for await (const row of inContentOrder((page) => this.#repo.members(id, page), signal))
      digest.add([row.fileSha256, row.image, row.fold])
    return {
      subject: `The folds of cross-validation ${id} (${name})`,
      expected: foldHash,
      found: digest.read(),
      advice,
    }
  }

  /** Null where no hash was recorded: it has not ended, or an older version ended it. */
  async inspectPredictions(
    { id, name, results, predictionsSha256: expected }: SealedCrossval,
    signal?: AbortSignal,
  ): Promise<ChangedThing | null> {
    if (expected === null) return null
    const found = await this.hashResults(id, results ?? '', signal)
    return {
      subject: `The predictions and results of cross-validation ${id} (${name})`,
      expected,
      found,
      advice,
    }
  }

  async #hashPredictions(id: number, signal?: AbortSignal): Promise<string> {
    const digest = new PredictionHash()
    for (let [task, after] = ['', 0]; ;) {
      signal?.throwIfAborted()
      const page = this.#repo.answers({ crossvalId: id, task, after, limit: rowsPerPage })
      for (const answer of page) digest.add(answer)
      const last = page.at(-1)
      if (last === undefined || page.length < rowsPerPage) return digest.read()
      task = last.task
      after = last.imageId
      await yieldToEvents()
    }
  }
}
