import { resolve } from 'node:path'
import type { JobId } from '#shared/contract/base.contract.ts'
import type { ScanRequest, ScanResult } from '#shared/contract/check.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import { checkIds, checks, type CheckId } from '#shared/domain/checks.ts'
import type { JobContext, JobRunner } from '#engine/jobs/job.ts'
import type { CheckScoreRepo } from './check-score.repo.ts'
import type { CheckScoreService } from './check-score.service.ts'
import type { MeasureRepo } from './measure.repo.ts'
import type { ScanOrder, ScanStep } from './scan-step.ts'

interface ScanServiceDeps {
  readonly jobs: JobRunner
  readonly scores: CheckScoreRepo
  readonly writer: CheckScoreService
  readonly measures: Pick<MeasureRepo, 'countImages' | 'countProblems'>
  /** In the order in which they build on each other. */
  readonly steps: readonly ScanStep[]
  readonly publishChange: (topics: readonly Topic[]) => void
}

/** Runs the checks, source by source. */
export class ScanService {
  readonly #deps: ScanServiceDeps

  constructor(deps: ScanServiceDeps) {
    this.#deps = deps
  }

  start(request: ScanRequest): JobId {
    const { detector } = request
    const isOwnFile = detector !== undefined && detector !== 'tiny'
    const located = isOwnFile ? { ...request, detector: resolve(detector) } : request
    return this.#deps.jobs.enqueue('scan', located).id
  }

  /** May be killed at any moment and run again: every step takes up where it stopped. */
  async run(request: ScanRequest, context: JobContext): Promise<ScanResult> {
    const { steps, scores, writer, measures, publishChange } = this.#deps
    const asked = new Set(request.checks ?? checkIds)
    const order: ScanOrder = {
      checks: asked,
      crossvalId: request.crossvalId ?? null,
      detector: request.detector ?? null,
      isFresh: request.fresh,
    }
    let worked = 0
    const unavailable = new Map<CheckId, string>()
    for (const step of steps) {
      const ofStep = checkIds.filter((id) => asked.has(id) && checks[id].source === step.source)
      if (ofStep.length === 0) continue
      context.signal.throwIfAborted()
      const outcome = await step.run(order, context)
      worked = Math.max(worked, outcome.worked)
      for (const check of ofStep) {
        const reason = outcome.unavailable.get(check)
        if (reason === undefined) continue
        scores.setUnavailable(check, reason)
        unavailable.set(check, reason)
      }
      for (const check of ofStep) if (!unavailable.has(check)) await writer.applyCut(check)
      publishChange(['checks', 'images'])
    }
    return {
      worked,
      unchanged: Math.max(0, measures.countImages() - worked),
      unreadable: measures.countProblems(),
      checks: [...asked].map((check) => ({
        check,
        images: scores.findRun(check)?.images ?? 0,
        flagged: scores.countFlagged(check),
        unavailable: unavailable.get(check) ?? null,
      })),
    }
  }
}
