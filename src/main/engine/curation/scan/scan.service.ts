import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { JobId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import {
  defaultDetector,
  type ScanRequest,
  type ScanResult,
  type ScanSettings,
} from '#shared/contract/check.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import { checkIds, checks, type CheckId, type CheckSource } from '#shared/domain/checks.ts'
import type { JobContext, JobRunner } from '#engine/base/jobs/job.ts'
import type { CheckScoreService } from '#engine/curation/checks/check-score.service.ts'
import type { MeasureStep } from '#engine/curation/pixels/measure.step.ts'
import type { ScanOrder, ScanStep } from '#engine/curation/checks/scan-step.ts'

interface ScanServiceDeps {
  readonly jobs: JobRunner
  readonly scores: CheckScoreService
  readonly measures: Pick<MeasureStep, 'count'>
  /** What looked for faces last; null for the default detector. */
  readonly findDetector: () => string | null
  /** Whether faces have been described: then those of new images are described before anything reads them. */
  readonly hasFaceVectors: () => boolean
  /** In the order in which they build on each other. */
  readonly steps: readonly ScanStep[]
  readonly publishChange: (topics: readonly Topic[]) => void
}

/** Label checks leave out what seems to show nothing, and keep copies in one fold. */
const readByLabels: readonly CheckId[] = ['low-information', 'near-duplicate']

const isBuiltIn = (detector: string): boolean => detector === 'tiny' || detector === defaultDetector
const locateDetector = (detector: string): string => (isBuiltIn(detector) ? detector : resolve(detector))

/** Runs the checks, source by source. */
export class ScanService {
  readonly #deps: ScanServiceDeps

  constructor(deps: ScanServiceDeps) {
    this.#deps = deps
  }

  readSettings(): ScanSettings {
    return { detector: this.#deps.findDetector() }
  }

  /**
   * Without a detector, faces are looked for by the one that this project used last. Throws NOT_FOUND where that is a file
   * that has gone.
   */
  start(request: ScanRequest): JobId {
    if (request.crossvalIds !== undefined && request.labelsBy === 'embeddings') {
      throw new AppError(
        'INVALID_INPUT',
        'Label checks by embeddings read no cross-validation. Leave one of the two out.',
        { details: { field: 'crossvalIds' } },
      )
    }
    const detector = request.detector ?? this.#findDetector(request)
    const located = detector === null ? request : { ...request, detector: locateDetector(detector) }
    return this.#deps.jobs.enqueue('scan', located).id
  }

  #findDetector({ checks: asked = checkIds }: ScanRequest): string | null {
    const detector = this.#deps.findDetector()
    const isRead = asked.some((check) => this.#listRead(check).includes('faces'))
    if (!isRead && !asked.some((check) => checks[check].source === 'faces')) return null
    if (detector === null || isBuiltIn(detector) || existsSync(detector)) return detector
    throw new AppError(
      'NOT_FOUND',
      `The face detector that this project used last, ${detector}, is not there. Choose another one, or "${defaultDetector}" for the one that comes with Evenhand.`,
      { details: { field: 'detector', detector } },
    )
  }

  /** What has to be worked out of every image before a check can say anything of it. */
  #listRead(check: CheckId): readonly CheckSource[] {
    const faces: readonly CheckSource[] = this.#deps.hasFaceVectors() ? ['faces'] : []
    switch (checks[check].source) {
      case 'duplicates':
        return check === 'exact-duplicate' ? [] : ['pixels']
      case 'embeddings':
        return faces
      case 'labels':
        return ['pixels', 'duplicates', ...faces]
      default:
        return []
    }
  }

  /** May be killed at any moment and run again: every step takes up where it stopped. */
  async run(request: ScanRequest, context: JobContext): Promise<ScanResult> {
    const { steps, scores, measures, publishChange } = this.#deps
    const asked = new Set(request.checks ?? checkIds)
    const isJudging = [...asked].some((check) => checks[check].source === 'labels')
    const fresh = new Set(request.fresh ? [...asked].map((check) => checks[check].source) : [])
    const order: ScanOrder = {
      checks: new Set([...asked, ...(isJudging ? readByLabels : [])]),
      crossvalIds: request.crossvalIds ?? null,
      labelsBy: request.labelsBy,
      detector: request.detector === defaultDetector ? null : (request.detector ?? null),
      // What is only read is brought up to date; it was not asked to be worked out again.
      fresh,
      sources: new Set([...asked].flatMap((check) => [checks[check].source, ...this.#listRead(check)])),
    }
    const worked = new Map<CheckSource, number>()
    const addWorked = (source: CheckSource, images: number): void =>
      void worked.set(source, (worked.get(source) ?? 0) + images)
    const unavailable = new Map<CheckId, string>()
    for (const step of steps) {
      const ofStep = checkIds.filter((id) => asked.has(id) && checks[id].source === step.source)
      if (!order.sources.has(step.source)) continue
      context.signal.throwIfAborted()
      const { worked: images, ahead, unavailable: reasons } = await step.run(order, context)
      addWorked(step.source, images)
      if (ahead !== undefined) {
        addWorked(ahead.source, ahead.worked)
        fresh.delete(ahead.source)
      }
      for (const check of ofStep) {
        const reason = reasons.get(check)
        if (reason === undefined) continue
        scores.setUnavailable(check, reason)
        unavailable.set(check, reason)
      }
      for (const check of ofStep) if (!unavailable.has(check)) await scores.applyCut(check)
      publishChange(['checks', 'images'])
    }
    const { images, unreadable } = measures.count()
    const most = Math.max(0, ...worked.values())
    return {
      worked: most,
      unchanged: Math.max(0, images - most),
      unreadable,
      checks: [...asked].map((check) => ({
        check,
        ...scores.count(check),
        unavailable: unavailable.get(check) ?? null,
      })),
    }
  }
}
