import { setImmediate as yieldToEvents } from 'node:timers/promises'
import { checks, type CheckId } from '#shared/domain/checks.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import { repeatInTurns, rowsPerTransaction } from '#engine/base/kernel/in-turns.ts'
import { toCanonicalJson } from '#engine/base/kernel/hash.ts'
import type { CheckScoreRepo } from './check-score.repo.ts'
import type { CheckRunFacts, CheckScore } from './scan-step.ts'

const endOfImages = Number.MAX_SAFE_INTEGER

/** How steps of a scan store what their checks found. */
export class CheckScoreService {
  readonly #scores: CheckScoreRepo
  readonly #now: Clock

  constructor(deps: { scores: CheckScoreRepo; now: Clock }) {
    this.#scores = deps.scores
    this.#now = deps.now
  }

  /** The cut in force; null where the check decides by a rule of its own. */
  cutOf(check: CheckId): number | null {
    const { cut } = checks[check]
    return cut === null ? null : (this.#scores.readCuts().get(check) ?? cut)
  }

  /** Takes the place of the default where the user has chosen none. */
  suggestCut(check: CheckId, cut: number): void {
    if (!this.#scores.readCuts().has(check)) this.#scores.setCut(check, cut)
  }

  /**
   * Before the first score. Scores of another version or of other parameters are cleared away, so that an image without
   * a score is one that this version has not seen yet; not so where all of them are about to be replaced.
   * @returns whether the check starts anew.
   */
  async begin(
    check: CheckId,
    {
      version,
      params,
      signal,
      isReplaced = false,
    }: CheckRunFacts & { readonly signal: AbortSignal; readonly isReplaced?: boolean },
  ): Promise<boolean> {
    const run = this.#scores.findRun(check)
    if (run?.version === version && toCanonicalJson(run.params) === toCanonicalJson(params)) return false
    // The old version stays named until its last score is gone: killed in between, clearing begins again.
    if (!isReplaced) await repeatInTurns(() => this.#scores.clearSome(check, rowsPerTransaction), signal)
    this.#scores.beginRun(check, { version, params })
    return true
  }

  /** What a check was last finished with; null where it never was, or has begun anew since. */
  finishedFacts(check: CheckId): CheckRunFacts | null {
    const run = this.#scores.findRun(check)
    return run === undefined || run.finishedAt === null ? null : { version: run.version, params: run.params }
  }

  /** Adds scores or replaces those of the same images; at most 500 at a time. */
  put(check: CheckId, scores: readonly CheckScore[]): void {
    this.#scores.put(check, this.#decide(check, scores))
  }

  /**
   * Makes these, in ascending order of their images, the only scores of a check; removed images keep the ones they had.
   * @returns how many there were.
   */
  async replace(
    check: CheckId,
    scores: Iterable<CheckScore> | AsyncIterable<CheckScore>,
    signal: AbortSignal,
  ): Promise<number> {
    let from = 0
    let count = 0
    let batch: CheckScore[] = []
    const write = async (to: number): Promise<void> => {
      signal.throwIfAborted()
      this.#scores.replaceRange(check, { from, to }, this.#decide(check, batch))
      from = to + 1
      count += batch.length
      batch = []
      await yieldToEvents()
    }
    for await (const score of scores) {
      batch.push(score)
      if (batch.length >= rowsPerTransaction) await write(score.imageId)
    }
    const last = batch.at(-1)
    if (last !== undefined) await write(last.imageId)
    const rest = { from: Math.min(from, endOfImages), limit: rowsPerTransaction }
    await repeatInTurns(() => this.#scores.clearPresentSome(check, rest), signal)
    return count
  }

  /** Takes images out of a check, as when their pixels have changed. */
  forget(check: CheckId, imageIds: readonly number[]): void {
    this.#scores.deleteImages(check, imageIds)
  }

  /** After the last score. */
  finish(check: CheckId, { images, jobId }: { readonly images: number; readonly jobId: number }): void {
    this.#scores.finishRun(check, { images, jobId, finishedAt: formatTimestamp(this.#now()) })
  }

  /** Why it could not be run; a run that stood before keeps standing beside it. */
  setUnavailable(check: CheckId, reason: string): void {
    this.#scores.setUnavailable(check, reason)
  }

  /** Of its last run: how many images it scored, and how many of all it flags now. */
  count(check: CheckId): { images: number; flagged: number } {
    return { images: this.#scores.findRun(check)?.images ?? 0, flagged: this.#scores.countFlagged(check) }
  }

  /** Sets every flag by the cut in force; touches only what differs. */
  async applyCut(check: CheckId): Promise<void> {
    const cut = this.cutOf(check)
    if (cut === null) return
    const limit = rowsPerTransaction
    // Above 1, so that a score of exactly 1 lies within.
    const lift = { isFlagged: false, limit }
    const flag = { isFlagged: true, limit }
    await repeatInTurns(() => this.#scores.reflagSome(check, { low: cut, high: 2 }, lift))
    await repeatInTurns(() => this.#scores.reflagSome(check, { low: 0, high: cut }, flag))
    this.#scores.raiseRevision(check)
  }

  #decide(check: CheckId, scores: readonly CheckScore[]): readonly CheckScore[] {
    const cut = this.cutOf(check)
    return cut === null ? scores : scores.map((one) => ({ ...one, isFlagged: one.score < cut }))
  }
}
