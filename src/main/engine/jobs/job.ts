import type { JobId } from '#shared/contract/base.contract.ts'
import type { JobKind, JobSnapshot } from '#shared/contract/job.contract.ts'

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
  /** Reads the stored input; throws an AppError INVALID_INPUT when it no longer fits. */
  readonly parse: (input: unknown) => Input
  readonly title: (input: Input) => string
  readonly run: (input: Input, context: JobContext) => Promise<Result>
}

/** A handler with its types closed over, as the runner keeps it. */
export interface RegisteredJob {
  readonly kind: JobKind
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
    prepare: (unparsed) => {
      const input = handler.parse(unparsed)
      return { input, title: handler.title(input), run: (context) => handler.run(input, context) }
    },
  }
}

export interface JobRunner {
  /** Queues a job; jobs run one after another in the order they came. */
  enqueue(kind: JobKind, input: unknown): JobSnapshot
  get(jobId: JobId): JobSnapshot
  list(limit: number): JobSnapshot[]
  cancel(jobId: JobId): JobSnapshot
  /** Runs a failed, cancelled or interrupted job again under the same id. */
  resume(jobId: JobId): JobSnapshot
  /** Resolves when the job has ended, whatever the outcome. */
  wait(jobId: JobId): Promise<JobSnapshot>
}
