import * as z from 'zod'
import { jobId, timestamp, type JobId } from '#shared/contract/base.contract.ts'
import { errorCodes } from '#shared/contract/errors.ts'
import { jobKind, jobState, type JobKind } from '#shared/contract/job.contract.ts'
import type { Command, Db, Query } from '#engine/base/db/db.ts'
import { createRowDecoder, jsonColumn } from '#engine/base/db/row-decoder.ts'

const jobError = z.object({ code: z.enum(errorCodes), message: z.string() })
type JobError = z.infer<typeof jobError>

const jobShape = {
  id: jobId,
  kind: jobKind,
  title: z.string(),
  input: jsonColumn(z.unknown()),
  state: jobState,
  phase: z.string().nullable(),
  done: z.int().nonnegative(),
  total: z.int().nonnegative().nullable(),
  message: z.string().nullable(),
  error: jsonColumn(jobError).nullable(),
  result: jsonColumn(z.unknown()).nullable(),
  createdAt: timestamp,
  startedAt: timestamp.nullable(),
  finishedAt: timestamp.nullable(),
}
const decodeJob = createRowDecoder(jobShape)
export type JobRow = ReturnType<typeof decodeJob>

const decodeTexts = createRowDecoder({
  id: jobId,
  title: z.string(),
  message: z.string().nullable(),
  input: jsonColumn(z.unknown()),
  error: jsonColumn(z.unknown()).nullable(),
  result: jsonColumn(z.unknown()).nullable(),
})
type JobTexts = ReturnType<typeof decodeTexts>

export type JobOutcome =
  | { readonly state: 'succeeded'; readonly result: unknown }
  | { readonly state: 'failed'; readonly error: JobError }
  | { readonly state: 'cancelled' }
  | { readonly state: 'paused' }
  | { readonly state: 'interrupted'; readonly message: string }

export interface JobEnd {
  readonly outcome: JobOutcome
  readonly at: string
}

export interface StoredProgress {
  readonly phase: string
  readonly done: number
  readonly total: number | null
  readonly message: string | null
}

export class JobRepo {
  readonly #db: Db
  readonly #insert: Command
  readonly #selectById: Query<JobRow>
  readonly #selectNewest: Query<JobRow>
  readonly #selectLeftOver: Query<{ readonly id: JobId }>
  readonly #requeue: Command
  readonly #place: Command
  readonly #start: Command
  readonly #updateProgress: Command
  readonly #finish: Command
  readonly #interruptUnfinished: Command
  readonly #overtaken: Query<{ id: JobId }>
  readonly #texts: Query<ReturnType<typeof decodeTexts>>
  readonly #putTexts: Command

  constructor(db: Db) {
    this.#db = db
    this.#insert = db.prepareCommand(
      `INSERT INTO job (kind, title, input, state, created_at) VALUES (:kind, :title, :input, 'queued', :at)`,
    )
    this.#selectById = db.prepareQuery('SELECT * FROM job WHERE id = :id', decodeJob)
    this.#selectNewest = db.prepareQuery('SELECT * FROM job ORDER BY id DESC LIMIT :limit', decodeJob)
    this.#selectLeftOver = db.prepareQuery(
      `SELECT id FROM job WHERE state = 'interrupted' AND position IS NOT NULL ORDER BY started_at IS NULL, position, id`,
      createRowDecoder({ id: jobId }),
    )
    this.#place = db.prepareCommand('UPDATE job SET position = :position WHERE id = :id')
    this.#requeue = db.prepareCommand(
      `UPDATE job
       SET state = 'queued', phase = NULL, done = 0, total = NULL, message = NULL, error = NULL,
           started_at = NULL, finished_at = NULL
       WHERE id = :id`,
    )
    this.#start = db.prepareCommand(`UPDATE job SET state = 'running', started_at = :at WHERE id = :id`)
    this.#updateProgress = db.prepareCommand(
      `UPDATE job SET phase = :phase, done = :done, total = :total, message = :message WHERE id = :id`,
    )
    this.#finish = db.prepareCommand(
      `UPDATE job
       SET state = :state, result = :result, error = :error, message = coalesce(:message, message), finished_at = :at,
           position = CASE :state WHEN 'interrupted' THEN position END
       WHERE id = :id`,
    )
    this.#overtaken = db.prepareQuery(
      `SELECT o.id FROM job o JOIN job j ON j.kind = o.kind AND j.input = o.input
       WHERE j.id = :id AND o.id < j.id AND o.state IN ('interrupted', 'paused') ORDER BY o.id`,
      createRowDecoder({ id: jobId }),
    )
    this.#texts = db.prepareQuery(
      `SELECT id, title, message, input, error, result FROM job WHERE id > :after ORDER BY id LIMIT 1`,
      decodeTexts,
    )
    this.#putTexts = db.prepareCommand(
      `UPDATE job SET title = :title, message = :message, input = :input, error = :error, result = :result WHERE id = :id`,
    )
    this.#interruptUnfinished = db.prepareCommand(
      `UPDATE job SET state = 'interrupted', message = :message, finished_at = :at
       WHERE state IN ('queued', 'running')`,
    )
  }

  /** Earlier jobs that were asked for the same and stopped on the way. */
  overtakenBy(id: JobId): JobId[] {
    return this.#overtaken.all({ id }).map((row) => row.id)
  }

  /** All that `work` writes, or nothing of it. */
  transact<Result>(work: () => Result): Result {
    return this.#db.transact(work)
  }

  insert(job: { kind: JobKind; title: string; input: unknown; at: string }): JobId {
    const { lastId } = this.#insert.run({ ...job, input: JSON.stringify(job.input ?? null) })
    return jobId.parse(lastId)
  }

  find(id: JobId): JobRow | undefined {
    return this.#selectById.get({ id })
  }

  newest(limit: number): JobRow[] {
    return this.#selectNewest.all({ limit })
  }

  /** In the order of the queue that an earlier process had. */
  leftOver(): JobId[] {
    return this.#selectLeftOver.all().map(({ id }) => id)
  }

  /** Keeps the order of the queue, for the case that this process ends. */
  place(id: JobId, position: number): void {
    this.#place.run({ id, position })
  }

  requeue(id: JobId): void {
    this.#requeue.run({ id })
  }

  start(id: JobId, at: string): void {
    this.#start.run({ id, at })
  }

  updateProgress(id: JobId, progress: StoredProgress): void {
    this.#updateProgress.run({ id, ...progress })
  }

  finish(id: JobId, { outcome, at }: JobEnd): void {
    this.#finish.run({
      id,
      at,
      state: outcome.state,
      result: outcome.state === 'succeeded' ? JSON.stringify(outcome.result ?? null) : null,
      error: outcome.state === 'failed' ? JSON.stringify(outcome.error) : null,
      message: outcome.state === 'interrupted' ? outcome.message : null,
    })
  }

  /** Everything that a job says in words; undefined after the last. */
  textsAfter(id: number): JobTexts | undefined {
    return this.#texts.get({ after: id })
  }

  putTexts({ input, error, result, ...texts }: JobTexts): void {
    this.#putTexts.run({
      ...texts,
      input: JSON.stringify(input ?? null),
      error: error === null ? null : JSON.stringify(error),
      result: result === null ? null : JSON.stringify(result),
    })
  }

  /** Ends what an earlier process left unfinished; returns how many there were. */
  interruptUnfinished(message: string, at: string): number {
    return this.#interruptUnfinished.run({ message, at }).changes
  }
}
