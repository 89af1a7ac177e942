import type { RunId } from '#shared/contract/base.contract.ts'
import type { CurvesId } from '#shared/contract/curves.contract.ts'
import type { RunComparison, RunSummary } from '#shared/contract/run.contract.ts'
import { diffChoices } from '#shared/derived/compare-choices.ts'
import type { ImportedCurvesService } from '#engine/learning/curves/imported-curves.service.ts'
import type { RunRow } from './run.repo.ts'
import type { RunService } from './run.service.ts'

type ComparedRun = RunComparison['runs'][number]

/** What a comparison shows of a run beside its choices. */
export function pickCompared(run: RunSummary): ComparedRun {
  const { id, name, state, splitId, splitHash, epochsDone, bestEpoch, best, seconds, imagesPerSecond, tags } =
    run
  return { id, name, state, splitId, splitHash, epochsDone, bestEpoch, best, seconds, imagesPerSecond, tags }
}

const isEqual = (values: readonly unknown[]): boolean => values.every((value) => value === values[0])

/** Null where a run of an older version has kept no hash and the splits do not tell either. */
function isMeasuredAlike(runs: readonly RunRow[]): boolean | null {
  const hashes = runs.map(({ data }) => data?.validation.sha256 ?? null)
  if (!hashes.includes(null)) return isEqual(hashes)
  const isSameSplit = isEqual(runs.map(({ splitHash }) => splitHash))
  return isSameSplit && isEqual(runs.map(({ config }) => config.ageCap)) ? true : null
}

function warn(runs: readonly RunRow[], isSameValidation: boolean | null): string[] {
  const warnings: string[] = []
  if (isSameValidation === false) {
    warnings.push(
      'These runs were validated on different images or labels: their figures do not compare. Train them on one split with one age cap.',
    )
  }
  if (isSameValidation === null) {
    warnings.push(
      'An older run does not say which images it was validated on, and the splits differ: the figures may not compare.',
    )
  }
  const learned = runs.map(({ data }) => data?.train.sha256 ?? null)
  if (isSameValidation === true && !learned.includes(null) && !isEqual(learned)) {
    warnings.push('These runs learned from different images, and were validated on the same ones.')
  }
  if (!isEqual(runs.map(({ device, engine }) => `${engine} ${device}`))) {
    warnings.push('These runs were computed by different engines or devices: their speeds do not compare.')
  }
  return warnings
}

/** Puts runs, and curves of other programs, side by side. */
export class RunComparisonService {
  readonly #runs: RunService
  readonly #curves: ImportedCurvesService

  constructor(deps: { runs: RunService; curves: ImportedCurvesService }) {
    this.#runs = deps.runs
    this.#curves = deps.curves
  }

  /** Throws NOT_FOUND naming the run or the curves. */
  compare(runIds: readonly RunId[], curvesIds: readonly CurvesId[] = []): RunComparison {
    const rows = runIds.map((id) => this.#runs.find(id))
    const isSameValidation = isMeasuredAlike(rows)
    return {
      runs: runIds.map((id) => pickCompared(this.#runs.summary(id))),
      fields: diffChoices(rows.map(({ config }) => config)),
      isSameValidation,
      warnings: warn(rows, isSameValidation),
      curves: curvesIds.map((id) => this.#curves.get(id)),
    }
  }
}
