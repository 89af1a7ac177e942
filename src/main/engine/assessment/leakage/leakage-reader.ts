import * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import type { IdentityActService } from '#engine/curation/identities/identity-act.service.ts'
import type { IdentityService } from '#engine/curation/identities/identity.service.ts'
import { readingGraceMs, runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import type { StoredCertificate } from './certificate.repo.ts'
import {
  leakageProgress,
  measured,
  stoodFor,
  type InferredBy,
  type LeakageProgress,
  type LeakageTask,
  type Measured,
  type StoodFor,
} from './leakage-task.ts'

interface ReaderDeps {
  readonly catalogue: string
  readonly workers: WorkerLocator
  readonly identities: Pick<IdentityService, 'findFacts'>
  readonly acts: Pick<IdentityActService, 'listSaid'>
}

export interface MeasureRequest {
  readonly splitId: number
  readonly threshold: number | null
}

/** Runs the worker that looks for leaks, on the catalogue and on what people have said as they are now. */
export class LeakageReader {
  readonly #deps: ReaderDeps
  readonly #closing = new AbortController()
  readonly #running = new Set<Promise<unknown>>()

  constructor(deps: ReaderDeps) {
    this.#deps = deps
  }

  measure(
    { splitId, threshold }: MeasureRequest,
    {
      signal,
      report,
    }: { readonly signal: AbortSignal; readonly report: (progress: LeakageProgress) => void },
  ): Promise<Measured> {
    const task: LeakageTask = { kind: 'measure', splitId, threshold, ...this.#readNow() }
    return this.#run(task, measured, { signal, onProgress: report })
  }

  compare(certificates: readonly StoredCertificate[], signal: AbortSignal): Promise<StoodFor[]> {
    const task: LeakageTask = {
      kind: 'standing',
      certificates: certificates.map(({ position, open }) => ({
        position,
        splitId: open.splitId,
        splitHash: open.splitHash,
        findings: open.findings,
      })),
      ...this.#readNow(),
    }
    return this.#run(task, z.array(stoodFor), { signal })
  }

  async dispose(): Promise<void> {
    this.#closing.abort(new AppError('CANCELLED', 'The project is being closed.'))
    await Promise.allSettled(this.#running)
  }

  #readNow() {
    const { catalogue, identities, acts } = this.#deps
    return { catalogue, inferred: describeInference(identities.findFacts()), said: acts.listSaid() }
  }

  async #run<Result extends z.ZodType>(
    input: LeakageTask,
    result: Result,
    { signal, onProgress }: { signal: AbortSignal; onProgress?: (progress: LeakageProgress) => void },
  ): Promise<z.output<Result>> {
    const running = runWorker({
      workers: this.#deps.workers,
      name: 'leakage',
      input,
      result,
      progress: leakageProgress,
      ...(onProgress !== undefined && { onProgress }),
      signal: AbortSignal.any([signal, this.#closing.signal]),
      graceMs: readingGraceMs,
    })
    this.#running.add(running)
    try {
      return await running
    } finally {
      this.#running.delete(running)
    }
  }
}

function describeInference(facts: ReturnType<IdentityService['findFacts']>): InferredBy | null {
  if (facts === null) return null
  const { threshold, miss, described, chosenBy } = facts
  return { threshold, miss, described, isEstimated: chosenBy === 'mixture' }
}
