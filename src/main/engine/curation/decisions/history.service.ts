import { imageId as imageIdSchema, type ImageId } from '#shared/contract/base.contract.ts'
import type {
  DecisionChange,
  DecisionProgress,
  DecisionState,
  HistoryEntry,
} from '#shared/contract/decision.contract.ts'
import { checkOfCode, checks, type CheckId } from '#shared/domain/checks.ts'
import type { ActRepo, ActRow } from './act.repo.ts'
import type { DecisionRepo, DecisionRow } from './decision.repo.ts'
import { everyCheck } from '#engine/curation/decisions/domain/plan-decision.ts'
import { measureRate } from '#engine/curation/decisions/domain/measure-rate.ts'
import type { QueueCountRepo } from './queue-count.repo.ts'

const changesListed = 20
const actsOfSession = 200

/** Tells what was decided, by whom, and how far a queue is. */
export class HistoryService {
  readonly #acts: ActRepo
  readonly #decisions: DecisionRepo
  readonly #queues: QueueCountRepo

  constructor(deps: { acts: ActRepo; decisions: DecisionRepo; queues: QueueCountRepo }) {
    this.#acts = deps.acts
    this.#decisions = deps.decisions
    this.#queues = deps.queues
  }

  state(reviewer: string): DecisionState {
    const toEntry = (act: ActRow | undefined): DecisionState['undo'] =>
      act === undefined ? null : { actId: act.id, title: act.title, images: act.images, at: act.at }
    return {
      reviewer,
      undo: toEntry(this.#acts.nextUndo(reviewer)),
      redo: toEntry(this.#acts.nextRedo(reviewer)),
    }
  }

  /** Newest first. @param cursor the `nextCursor` of the page before */
  list(options: {
    readonly imageId?: ImageId | undefined
    readonly cursor?: number | undefined
    readonly limit: number
  }): { items: HistoryEntry[]; nextCursor: number | null } {
    const { imageId = null, cursor = Number.MAX_SAFE_INTEGER, limit } = options
    const acts = this.#acts.page({ before: cursor, limit: limit + 1, imageId })
    const page = acts.slice(0, limit)
    return {
      items: page.map((act) => ({
        actId: act.id,
        kind: act.kind,
        title: act.title,
        reviewer: act.actor,
        at: act.at,
        check: toCheck(act.checkId),
        images: act.images,
        conflicts: act.conflicts,
        isUndone: act.isUndone,
        changes: this.#decisions.changes({ actId: act.id, imageId, limit: changesListed }).map(toChange),
      })),
      nextCursor: acts.length > limit ? (page.at(-1)?.id ?? null) : null,
    }
  }

  progress(check: CheckId): DecisionProgress {
    const { code } = checks[check]
    const { total, decided } = this.#queues.count(code)
    const perMinute = measureRate(this.#acts.ofQueue(code, actsOfSession).filter(({ isUndone }) => !isUndone))
    const minutesLeft = perMinute === null ? null : (total - decided) / perMinute
    return { check, decided, total, perMinute, minutesLeft }
  }
}

const toCheck = (code: number | null): CheckId | null => (code === null ? null : checkOfCode(code))

const toChange = (row: DecisionRow): DecisionChange => ({
  imageId: imageIdSchema.parse(row.imageId),
  field: row.field,
  from: row.from,
  to: row.to,
  check: row.checkCode === everyCheck ? null : toCheck(row.checkCode),
  reason: row.reason,
  note: row.note,
})
