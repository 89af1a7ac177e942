import type { JobId } from '#shared/contract/base.contract.ts'
import type { JobKind } from '#shared/contract/job.contract.ts'
import { closingOutcome, type JobEnds } from './job-ends.ts'
import type { JobSnapshots } from './job-snapshots.ts'
import type { JobProgress, PreparedJob, RegisteredJob } from './job.ts'
import type { JobOutcome, JobRepo } from './job.repo.ts'
import type { RunningJob } from './running-job.ts'

export interface JobRunDeps {
  readonly jobs: JobRepo
  readonly snapshots: JobSnapshots
  readonly ends: JobEnds
  /** Throws when work must not go on where it began. */
  readonly checkPlace: () => void
  readonly handlerOf: (kind: JobKind) => RegisteredJob
  readonly isRunning: (id: JobId) => boolean
  readonly tell: (id: JobId) => void
  readonly timestamp: () => string
}

/** Runs one job from its start to its end and stores both; whatever goes wrong is how it ended. */
export async function runJob(running: RunningJob, deps: JobRunDeps): Promise<void> {
  const { jobs, snapshots, ends, checkPlace, handlerOf, tell, timestamp } = deps
  const { id } = running
  let outcome: JobOutcome
  try {
    checkPlace()
    const row = snapshots.row(id)
    const prepared = handlerOf(row.kind).prepare(row.input)
    jobs.start(id, timestamp())
    tell(id)
    const result = await call(prepared, running, deps)
    checkPlace()
    outcome = { state: 'succeeded', result }
  } catch (error) {
    outcome = judge(running, error, deps)
  }
  running.quieten()
  ends.end(id, outcome)
}

function call(prepared: PreparedJob, running: RunningJob, deps: JobRunDeps): Promise<unknown> {
  const { id, signal } = running
  const report = (progress: JobProgress): void => {
    if (!deps.isRunning(id)) return
    const moved = findMoved(deps)
    if (moved !== null) running.stopFor(moved)
    running.report(progress)
  }
  return prepared.run({ jobId: id, signal, report })
}

/** That its place is gone lets a job fail in many ways, and is the one that helps. */
function findMoved({ checkPlace }: JobRunDeps): unknown {
  try {
    checkPlace()
    return null
  } catch (error) {
    return error
  }
}

function judge(running: RunningJob, error: unknown, deps: JobRunDeps): JobOutcome {
  const moved = findMoved(deps)
  if (moved !== null) return deps.ends.fail(running.id, moved)
  const end = running.explain(error)
  if (end.kind === 'failed') return deps.ends.fail(running.id, end.reason)
  return end.kind === 'closing' ? closingOutcome : { state: end.state }
}
