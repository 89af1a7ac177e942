import type { JobId } from '#shared/contract/base.contract.ts'
import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import { formatTimestamp, type Clock } from '#engine/base/kernel/clock.ts'
import { describeFailure } from '#engine/base/kernel/describe-failure.ts'
import type { Logger } from '#engine/base/kernel/logger.ts'
import type { JobReports } from './job-reports.ts'
import type { JobSnapshots } from './job-snapshots.ts'
import type { JobEnd, JobOutcome, JobRepo } from './job.repo.ts'
import type { RunningJob } from './running-job.ts'
import { withEnd, type UnrecordedEnds } from './unrecorded-ends.ts'

interface JobEndsDeps {
  readonly jobs: JobRepo
  readonly logger: Logger
  readonly now: Clock
  readonly running: Map<JobId, RunningJob>
  readonly reports: JobReports
  readonly snapshots: JobSnapshots
  readonly unrecorded: UnrecordedEnds
}

export const closingOutcome: JobOutcome = {
  state: 'interrupted',
  message: 'Evenhand was closed before this job ended. Resume it to go on.',
}

/** Brings jobs to their ends, in their rows and for whoever waits. */
export class JobEnds {
  readonly #deps: JobEndsDeps

  constructor(deps: JobEndsDeps) {
    this.#deps = deps
  }

  storeProgress(id: JobId, { current }: RunningJob['meter']): void {
    if (current !== null) this.#deps.jobs.updateProgress(id, current)
  }

  fail(id: JobId, reason: unknown): JobOutcome {
    const { code, message } = describeFailure(reason, this.#deps.logger, { jobId: id })
    return { state: 'failed', error: { code, message } }
  }

  /**
   * Ends a job in a state that everyone is told, whatever fails meanwhile. What cannot be written yet is kept for later;
   * should this process end before, the next start finds the row unended and calls it interrupted.
   */
  end(id: JobId, outcome: JobOutcome): void {
    const { jobs, logger, running, reports, unrecorded } = this.#deps
    let end: JobEnd = { outcome, at: this.#timestamp() }
    try {
      jobs.transact(() => {
        const job = running.get(id)
        if (job !== undefined) this.storeProgress(id, job.meter)
        jobs.finish(id, end)
      })
      unrecorded.write((other, earlier) => jobs.finish(other, earlier))
    } catch (error) {
      // A result that is not recorded is none; the job can be resumed and comes to the same.
      if (outcome.state === 'succeeded') end = { ...end, outcome: this.fail(id, error) }
      unrecorded.keep(id, end)
      const details = { jobId: id, state: outcome.state, cause: String(error) }
      logger.warn('The end of a job could not be recorded yet', details)
    }
    running.delete(id)
    const snapshot = this.#readEnd(id, end)
    if (snapshot !== null) reports.settle(reports.tell(snapshot))
    if (end.outcome.state === 'succeeded') this.#giveUpOvertaken(id)
  }

  /** Ends a job that does not run. Throws where that cannot be recorded. */
  finish(id: JobId, outcome: JobOutcome): JobSnapshot {
    const { jobs, reports, snapshots, unrecorded } = this.#deps
    jobs.finish(id, { outcome, at: this.#timestamp() })
    unrecorded.forget(id)
    const snapshot = reports.tell(snapshots.get(id))
    reports.settle(snapshot)
    return snapshot
  }

  /** What a later job has done all of is not left to be resumed. */
  #giveUpOvertaken(id: JobId): void {
    const { jobs, logger } = this.#deps
    try {
      for (const earlier of jobs.overtakenBy(id)) this.finish(earlier, { state: 'cancelled' })
    } catch (error) {
      logger.warn('Jobs that were overtaken stay to be resumed', { jobId: id, cause: String(error) })
    }
  }

  #readEnd(id: JobId, end: JobEnd): JobSnapshot | null {
    const { logger, reports, snapshots } = this.#deps
    try {
      return snapshots.get(id)
    } catch (error) {
      logger.warn('The row of a job that has ended cannot be read', { jobId: id, cause: String(error) })
      const told = reports.lastOf(id)
      return told === undefined
        ? null
        : { ...withEnd(told, end), rate: null, remainingSeconds: null, waiting: null }
    }
  }

  #timestamp(): string {
    return formatTimestamp(this.#deps.now())
  }
}
