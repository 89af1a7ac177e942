import { AppError } from '#shared/contract/errors.ts'
import type { JobId } from '#shared/contract/base.contract.ts'
import type { JobSnapshot, JobWait } from '#shared/contract/job.contract.ts'
import type { JobReports } from './job-reports.ts'
import type { JobRepo, JobRow } from './job.repo.ts'
import type { RunningJob } from './running-job.ts'
import type { UnrecordedEnds } from './unrecorded-ends.ts'
import type { WaitingJobs } from './waiting-jobs.ts'

interface JobSnapshotsDeps {
  readonly jobs: JobRepo
  readonly running: ReadonlyMap<JobId, RunningJob>
  readonly queue: WaitingJobs
  readonly reports: JobReports
  readonly unrecorded: UnrecordedEnds
}

/** Jobs as they stand: their rows, with what is not written yet of how far they are, what they wait for and how they ended. */
export class JobSnapshots {
  readonly #deps: JobSnapshotsDeps

  constructor(deps: JobSnapshotsDeps) {
    this.#deps = deps
  }

  /** Throws NOT_FOUND. */
  get(id: JobId): JobSnapshot {
    return this.of(this.row(id))
  }

  newest(limit: number): JobSnapshot[] {
    return this.#deps.jobs.newest(limit).map((row) => this.of(this.#deps.unrecorded.complete(row)))
  }

  of(row: JobRow): JobSnapshot {
    const { input: _input, ...stored } = row
    const live = this.#deps.running.get(row.id)?.meter.current ?? null
    const isRunning = row.state === 'running'
    return {
      ...stored,
      ...(live === null
        ? {}
        : { phase: live.phase, done: live.done, total: live.total, message: live.message }),
      rate: isRunning ? (live?.rate ?? null) : null,
      remainingSeconds: isRunning ? (live?.remainingSeconds ?? null) : null,
      result: row.result ?? null,
      waiting: row.state === 'queued' ? this.describeWait(row.id) : null,
    }
  }

  describeWait(id: JobId): JobWait | null {
    const { queue, running, reports } = this.#deps
    return queue.describeWait(id, [...running.values()], (one) => reports.lastOf(one)?.title)
  }

  /** With an end that could not be written yet. Throws NOT_FOUND. */
  row(id: JobId): JobRow {
    return this.#deps.unrecorded.complete(this.storedRow(id))
  }

  /** Throws NOT_FOUND. */
  storedRow(id: JobId): JobRow {
    const row = this.#deps.jobs.find(id)
    if (row === undefined)
      throw new AppError('NOT_FOUND', `There is no job ${id}.`, { details: { jobId: id } })
    return row
  }
}
