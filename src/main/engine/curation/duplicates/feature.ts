import type { Lent } from '#engine/base/features/lent.ts'
import type { CheckScoreService } from '#engine/curation/checks/check-score.service.ts'
import { DuplicateStep } from './duplicate.step.ts'

export function openDuplicates({
  db,
  workers,
  isSynthetic,
  checkScores,
}: Lent & { readonly checkScores: CheckScoreService }) {
  const duplicateStep = new DuplicateStep({ scores: checkScores, isSynthetic, workers, catalogue: db.file })
  return { services: { duplicateStep }, jobs: [], handlers: {} }
}
