import { answer } from '#engine/base/procedures/handlers.ts'
import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import type { Db } from '#engine/base/db/db.ts'
import type { Clock } from '#engine/base/kernel/clock.ts'
import type { Logger } from '#engine/base/kernel/logger.ts'
import { createJobHolder } from './job-holder.ts'
import { QueuedJobRunner } from './job-runner.ts'
import { JobRepo } from './job.repo.ts'

interface JobsLent {
  readonly db: Db
  readonly now: Clock
  readonly logger: Logger
  readonly checkPlace: () => void
  readonly publishJob: (job: JobSnapshot) => void
  readonly publishChange: (topics: readonly Topic[]) => void
}

export function openJobs({ db, now, logger, checkPlace, publishJob, publishChange }: JobsLent) {
  const repo = new JobRepo(db)
  const jobs = new QueuedJobRunner({
    jobs: repo,
    now,
    logger,
    checkPlace,
    onChange: publishJob,
    publishChange,
  })
  return {
    services: { jobs },
    jobs: [],
    holder: createJobHolder(repo),
    handlers: answer({
      'job.list': ({ limit }) => jobs.list(limit),
      'job.get': ({ jobId }) => jobs.get(jobId),
      'job.cancel': ({ jobId }) => jobs.cancel(jobId),
      'job.goFirst': ({ jobId }) => jobs.goFirst(jobId),
      'job.resume': ({ jobId }) => jobs.resume(jobId),
    }),
  }
}
