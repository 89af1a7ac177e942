import type * as z from 'zod'
import type { JobId } from '#shared/contract/base.contract.ts'
import type { JobKind, JobSnapshot } from '#shared/contract/job.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import { parseInput } from '#engine/base/kernel/parse-input.ts'

export interface JobProgress {
  readonly phase: string
  readonly done: number
  /** Null while the amount of work is unknown. */
  readonly total: number | null
  readonly message?: string
}

export interface JobContext {
  readonly jobId: JobId
  /** Aborted when somebody cancels the job or the engine closes. Check it once per batch. */
  readonly signal: AbortSignal
  /** May be called as often as convenient; the runner thins what it passes on. */
  readonly report: (progress: JobProgress) => void
}

/**
 * One kind of long work. `run` must be resumable: called again with the same input after being killed at
 * any moment, it ends in the same state as an undisturbed call.
 */
export interface JobHandler<Input = unknown, Result = unknown> {
  readonly kind: JobKind
  /** Reads the stored input, which may be from an older version. */
  readonly input: z.ZodType<Input>
  readonly title: (input: Input) => string
  /** What shows such jobs or what they make: told to be stale at each change of a job's state. */
  readonly changes: readonly Topic[]
  /** Work of hours: what takes minutes goes before it in the queue. */
  readonly isLong?: boolean
  readonly run: (input: Input, context: JobContext) => Promise<Result>
}

/** A handler with its types closed over, as the runner keeps it. */
export interface RegisteredJob {
  readonly kind: JobKind
  readonly isLong: boolean
  readonly changes: readonly Topic[]
  /** Throws an AppError INVALID_INPUT when the input does not fit. */
  prepare(input: unknown): PreparedJob
}

export interface PreparedJob {
  /** The parsed input, as the row keeps it. */
  readonly input: unknown
  readonly title: string
  run(context: JobContext): Promise<unknown>
}

export function registerJob<Input, Result>(handler: JobHandler<Input, Result>): RegisteredJob {
  return {
    kind: handler.kind,
    isLong: handler.isLong ?? false,
    changes: handler.changes,
    prepare: (unparsed) => {
      const input = parseInput(handler.input, unparsed, `The stored ${handler.kind} job`)
      return { input, title: handler.title(input), run: (context) => handler.run(input, context) }
    },
  }
}

export interface JobRunner {
  /** Queues a job; those of one lane run one after another in the order they came, long ones after the others. */
  enqueue(kind: JobKind, input: unknown): JobSnapshot
  get(jobId: JobId): JobSnapshot
  list(limit: number): JobSnapshot[]
  /** Stops a job for good, also one that is paused or was interrupted. */
  cancel(jobId: JobId): JobSnapshot
  /** Stops a running job at its next check, or takes a queued one out, to be resumed later. */
  pause(jobId: JobId): JobSnapshot
  /** Runs a job that ended without success again under the same id. */
  resume(jobId: JobId): JobSnapshot
  /** What waits, next one first. */
  queued(): JobId[]
  /** Lets these waiting jobs change places among themselves. Throws CONFLICT when one of them no longer waits. */
  reorder(jobIds: readonly JobId[]): void
  /** Puts a waiting job before all others that wait. Throws CONFLICT when it does not wait. */
  goFirst(jobId: JobId): JobSnapshot
  /** What the end of an earlier process stopped or kept from starting, in the order of its queue. */
  leftOver(): JobId[]
  /** Resolves when the job has ended, whatever the outcome. */
  wait(jobId: JobId): Promise<JobSnapshot>
}
