import type { JobId } from '#shared/contract/base.contract.ts'
import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import type { JobEnd } from './job.repo.ts'

type EndFields = Pick<JobSnapshot, 'state' | 'result' | 'error' | 'message' | 'finishedAt'>

/** A job as its row will stand once this end is written. */
export function withEnd<Job extends Pick<JobSnapshot, 'message'>>(
  job: Job,
  { outcome, at }: JobEnd,
): Job & EndFields {
  return {
    ...job,
    state: outcome.state,
    result: outcome.state === 'succeeded' ? outcome.result : null,
    error: outcome.state === 'failed' ? outcome.error : null,
    message: outcome.state === 'interrupted' ? outcome.message : job.message,
    finishedAt: at,
  }
}

/** Ends whose rows could not be written, typically for a full disk: what has stopped must not be shown at work. */
export class UnrecordedEnds {
  readonly #ends = new Map<JobId, JobEnd>()

  keep(id: JobId, end: JobEnd): void {
    this.#ends.set(id, end)
  }

  forget(id: JobId): void {
    this.#ends.delete(id)
  }

  complete<Job extends Pick<JobSnapshot, 'id' | 'message'>>(job: Job): Job | (Job & EndFields) {
    const end = this.#ends.get(job.id)
    return end === undefined ? job : withEnd(job, end)
  }

  /** Writes what can be written by now; the rest waits for the next call. */
  write(write: (id: JobId, end: JobEnd) => void): void {
    for (const [id, end] of this.#ends) {
      try {
        write(id, end)
        this.#ends.delete(id)
      } catch {
        // It was logged when it was kept, and fails for the same reason.
      }
    }
  }
}
