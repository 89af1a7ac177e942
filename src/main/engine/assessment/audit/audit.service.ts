import { auditResult, type AuditResult } from '#shared/contract/audit.contract.ts'
import { readingGraceMs, runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { auditTask } from './audit-task.ts'

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
}
