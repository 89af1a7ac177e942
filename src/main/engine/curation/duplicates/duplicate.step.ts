import * as z from 'zod'
import { listChecksOf } from '#shared/domain/checks.ts'
import type { JobContext } from '#engine/base/jobs/job.ts'
import { runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import type { CheckScoreService } from '#engine/curation/checks/check-score.service.ts'
import {
  duplicateVersion,
  foundDuplicates,
  mostBits,
  type DuplicateCheck,
  type FoundDuplicates,
} from './find-duplicates.ts'
import type { CheckScore, ScanOrder, ScanStep, ScanStepOutcome } from '#engine/curation/checks/scan-step.ts'

interface DuplicateStepDeps {
  readonly scores: CheckScoreService
  /** Whether the pictures of the project are generated drawings. */
  readonly isSynthetic: boolean
  readonly workers: WorkerLocator
  /** Path of the database file. */
  readonly catalogue: string
}

/** The search only reads, so its thread can be ended at any point. */
const graceMs = 200
/** Drawings of few strokes are more alike than any two photographs. */
const limitOfDrawings = 0.09
const duplicateChecks = listChecksOf('duplicates')
/** Images are compared by what was measured of them; none is opened. */
const nothingMeasured: ScanStepOutcome = { worked: 0, unavailable: new Map() }
const knownParams = z.object({ basis: z.string(), limit: z.number() })

/** Finds copies of pictures and copies whose labels differ; all of them anew whenever anything has changed. */
export class DuplicateStep implements ScanStep {
  readonly source = 'duplicates'
  readonly #deps: DuplicateStepDeps

  constructor(deps: DuplicateStepDeps) {
    this.#deps = deps
  }

  async run(order: ScanOrder, { jobId, signal, report }: JobContext): Promise<ScanStepOutcome> {
    const { scores, workers, catalogue } = this.#deps
    const wanted = duplicateChecks.filter((id) => order.checks.has(id))
    if (this.#deps.isSynthetic) scores.suggestCut('near-duplicate', limitOfDrawings)
    const limit = scores.cutOf('near-duplicate') ?? 0
    const phase = 'Looking for duplicates'
    report({ phase, done: 0, total: 100 })
    const found = await runWorker({
      workers,
      name: 'duplicates',
      input: {
        catalogue,
        limit,
        knownBasis: order.fresh.has('duplicates') ? null : this.#readBasis(wanted, limit),
      },
      progress: z.number(),
      result: foundDuplicates,
      onProgress: (share) => report({ phase, done: share * 100, total: 100 }),
      signal,
      graceMs,
    })
    if (!found.isNew) return nothingMeasured
    for (const check of wanted) {
      const facts = { version: duplicateVersion, params: { mostBits, limit, basis: found.basis } }
      await scores.begin(check, { ...facts, signal, isReplaced: true })
      const images = await scores.replace(check, listScores(check, found), signal)
      scores.finish(check, { images, jobId })
    }
    return nothingMeasured
  }

  /** What the checks were last finished on, where all of them were finished on the same. */
  #readBasis(wanted: readonly DuplicateCheck[], limit: number): string | null {
    const known = new Set(
      wanted.map((check) => {
        const facts = this.#deps.scores.finishedFacts(check)
        const read = knownParams.safeParse(facts?.params)
        const isSame = facts?.version === duplicateVersion && read.success && read.data.limit === limit
        return isSame ? read.data.basis : null
      }),
    )
    const [basis = null] = known
    return known.size === 1 ? basis : null
  }
}

function* listScores(
  check: DuplicateCheck,
  { imageIds, differences, groups }: FoundDuplicates,
): Generator<CheckScore, void, void> {
  const flagged = new Map(groups[check].map((one) => [one.imageId, one]))
  for (const [image, imageId] of imageIds.entries()) {
    const one = flagged.get(imageId)
    const score = check === 'near-duplicate' ? (differences[image] ?? 1) : 1
    yield one === undefined
      ? { imageId, score, isFlagged: false, groupId: null, detail: null }
      : { ...one, isFlagged: true }
  }
}
