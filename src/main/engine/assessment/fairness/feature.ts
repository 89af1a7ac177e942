import { answer } from '#engine/base/procedures/handlers.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import type { EvaluationRecords } from '#engine/assessment/evaluation/evaluation-records.ts'
import { FairnessService } from './fairness.service.ts'

export function openFairness({
  workers,
  evaluationRecords,
}: Lent & { readonly evaluationRecords: EvaluationRecords }) {
  const fairness = new FairnessService({ records: evaluationRecords, workers })
  return {
    services: {},
    jobs: [],
    handlers: answer({
      'fairness.get': (request, signal) => fairness.get(request, signal),
      'fairness.ageGate': (request) => fairness.ageGate(request),
      'fairness.samePerson': (request) => fairness.samePerson(request),
      'fairness.images': (request) => fairness.images(request),
    }),
  }
}
