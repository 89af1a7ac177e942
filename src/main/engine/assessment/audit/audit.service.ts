import { auditResult, type AuditResult } from '#shared/contract/audit.contract.ts'
import { readingGraceMs, runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { auditTask, qualities, qualitiesTask, type Qualities, type QualitiesTask } from './audit-task.ts'

interface AuditDeps {
  readonly catalogue: string
  readonly workers: WorkerLocator
}

/** The data sets of a project beside each other, measured anew each time: it is every image of the catalogue. */
export class AuditService {
  readonly #deps: AuditDeps

  constructor(deps: AuditDeps) {
    this.#deps = deps
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
