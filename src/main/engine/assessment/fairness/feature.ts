import { answer } from '#engine/base/procedures/handlers.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import type { EvaluationRecords } from '#engine/assessment/evaluation/evaluation-records.ts'
import { DrawThreads } from './draw-threads.ts'
import { FairnessService } from './fairness.service.ts'

export function openFairness({
  workers,
  cores,
  evaluationRecords,
}: Lent & { readonly evaluationRecords: EvaluationRecords }) {
  const fairness = new FairnessService({
    records: evaluationRecords,
    threads: new DrawThreads({ workers, cores }),
  })
  return {
    services: {},
    jobs: [],
    handlers: answer({
      'fairness.get': (request, signal) => fairness.get(request, signal),
      'fairness.progress': () => fairness.progress(),
      'fairness.ageGate': (request) => fairness.ageGate(request),
      'fairness.samePerson': (request) => fairness.samePerson(request),
      'fairness.images': (request) => fairness.images(request),
    }),
  }
}
