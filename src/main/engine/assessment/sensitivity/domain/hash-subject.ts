import type { SensitivityChoices } from '#shared/contract/sensitivity.contract.ts'
import { hashEvaluated, type Evaluated } from '#engine/assessment/evaluation/domain/hash-evaluated.ts'
import { changesVersion } from './changes.ts'

/** SHA-256 of what figures of sensitivity are of. */
export const hashSubject = (evaluation: Evaluated, choices: SensitivityChoices) =>
  hashEvaluated(evaluation, { method: `sensitivity ${changesVersion}`, choices })
