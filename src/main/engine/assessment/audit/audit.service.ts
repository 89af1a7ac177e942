import { auditResult, type AuditResult } from '#shared/contract/audit.contract.ts'
import type { JobId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { JobRunner } from '#engine/base/jobs/job.ts'
import { readingGraceMs, runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { auditTask, qualities, qualitiesTask, type Qualities, type QualitiesTask } from './audit-task.ts'
import type { PortraitRepo } from './portrait.repo.ts'

interface AuditDeps {
  readonly catalogue: string
  readonly workers: WorkerLocator
  readonly portraits: Pick<PortraitRepo, 'countLookedAt'>
  readonly jobs: Pick<JobRunner, 'enqueue'>
}

/** The data sets of a project beside each other, measured anew each time: it is every image of the catalogue. */
export class AuditService {
  readonly #deps: AuditDeps

  constructor(deps: AuditDeps) {
    this.#deps = deps
  }

  /** @throws PRECONDITION before a scan has looked for faces, which is what is measured */
  measure(): JobId {
    const { portraits, jobs } = this.#deps
    if (portraits.countLookedAt() === 0)
      throw new AppError(
        'PRECONDITION',
        'No scan has looked for faces yet, which skin and face quality are measured of. Scan first: evenhand scan.',
      )
    return jobs.enqueue('portraits', {}).id
  }

  read(signal: AbortSignal): Promise<AuditResult> {
    const { catalogue, workers } = this.#deps
    return runWorker({
      workers,
      name: 'audit',
      input: auditTask.parse({ catalogue }),
      result: auditResult,
      signal,
      graceMs: readingGraceMs,
    })
  }

  /** What scans measured of the pictures of some images, NaN where they did not. */
  findQualities(images: QualitiesTask['images'], signal: AbortSignal): Promise<Qualities> {
    const { catalogue, workers } = this.#deps
    return runWorker({
      workers,
      name: 'qualities',
      input: qualitiesTask.parse({ catalogue, images }),
      result: qualities,
      signal,
      graceMs: readingGraceMs,
    })
  }
}
