import type { JobId } from '#shared/contract/base.contract.ts'
import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import { describeFailure } from '#engine/base/kernel/describe-failure.ts'
import type { Logger } from '#engine/base/kernel/logger.ts'

interface JobReportsDeps {
  readonly logger: Logger
  readonly onChange: (job: JobSnapshot) => void
  /** Told at each change of a job's state, after the job itself. */
  readonly publishChange: (topics: readonly Topic[]) => void
  /** What a job of this kind changes. */
  readonly changesOf: (kind: JobSnapshot['kind']) => readonly Topic[]
}

/** Tells of jobs, and resolves for whoever waits for one to end. */
export class JobReports {
  readonly #deps: JobReportsDeps
  /** Unended jobs as last told, for the case that a row can no longer be read. */
  readonly #told = new Map<JobId, JobSnapshot>()
  readonly #waiting = new Map<JobId, ((job: JobSnapshot) => void)[]>()

  constructor(deps: JobReportsDeps) {
    this.#deps = deps
  }

  lastOf(id: JobId): JobSnapshot | undefined {
    return this.#told.get(id)
  }

  /** A listener that fails is no failure of the job it was told of. */
  tell(snapshot: JobSnapshot): JobSnapshot {
    const isNewState = this.#told.get(snapshot.id)?.state !== snapshot.state
    this.#told.set(snapshot.id, snapshot)
    const { logger, onChange, publishChange, changesOf } = this.#deps
    try {
      onChange(snapshot)
      if (isNewState) publishChange(changesOf(snapshot.kind))
    } catch (error) {
      describeFailure(error, logger, { jobId: snapshot.id })
    }
    return snapshot
  }

  awaitEnd(id: JobId): Promise<JobSnapshot> {
    return new Promise((resolve) => {
      this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), resolve])
    })
  }

  /** For a job that has ended. */
  settle(snapshot: JobSnapshot): void {
    const waiting = this.#waiting.get(snapshot.id) ?? []
    this.#waiting.delete(snapshot.id)
    this.#told.delete(snapshot.id)
    for (const resolve of waiting) resolve(snapshot)
  }
}
