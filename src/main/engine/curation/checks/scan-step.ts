import type { CrossvalId } from '#shared/contract/base.contract.ts'
import type { LabelsBy } from '#shared/contract/check.contract.ts'
import type { CheckDetail, CheckId, CheckSource } from '#shared/domain/checks.ts'
import type { JobContext } from '#engine/base/jobs/job.ts'

/** What a scan was asked to do. */
export interface ScanOrder {
  readonly checks: ReadonlySet<CheckId>
  /** The cross-validations that label checks read; null for all finished ones. */
  readonly crossvalIds: readonly CrossvalId[] | null
  /** Whose out-of-sample answers label checks judge by. */
  readonly labelsBy: LabelsBy
  /** A detector's ONNX file of the user's own, absolute; `tiny` for the fast network, null for the default one. */
  readonly detector: string | null
  /** What is worked out again, also where it stands. */
  readonly fresh: ReadonlySet<CheckSource>
  /** What this scan works out of every image, also where checks only read it. */
  readonly sources: ReadonlySet<CheckSource>
}

/** What a check was run with: the same facts give the same scores. */
export interface CheckRunFacts {
  readonly version: number
  readonly params: Readonly<Record<string, unknown>>
}

/** What one check says of one image. */
export interface CheckScore<Check extends CheckId = CheckId> {
  readonly imageId: number
  /** In [0, 1], low is bad. */
  readonly score: number
  readonly isFlagged: boolean
  /** The smallest image id of the group, for checks that speak of groups. */
  readonly groupId: number | null
  /** Null where there is nothing to explain. */
  readonly detail: CheckDetail<Check> | null
}

/**
 * One source of checks within a scan. `run` must be resumable: killed at any moment and run again it ends in the same
 * state as an undisturbed run; it works only on what is new or has changed. What cannot be worked out here (no detector,
 * no cross-validation) is returned as a reason, never passed off as "nothing found". Scores go through
 * `CheckScoreService`: `begin` each check, `put` or `replace` its scores, `finish` it.
 */
export interface ScanStep {
  readonly source: CheckSource
  run(order: ScanOrder, context: JobContext): Promise<ScanStepOutcome>
}

export interface ScanStepOutcome {
  /** Images worked on now; the others stood already. */
  readonly worked: number
  /** Of how many images another source's part was worked out on the way, whose own step does the rest. */
  readonly ahead?: { readonly source: CheckSource; readonly worked: number }
  /** Why a check that was asked for could not be run, by check. */
  readonly unavailable: ReadonlyMap<CheckId, string>
}
