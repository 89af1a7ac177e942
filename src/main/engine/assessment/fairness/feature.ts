import { answer } from '#engine/base/procedures/handlers.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import type { BaselineRecords } from '#engine/assessment/baselines/baseline-records.ts'
import type { EvaluationRecords } from '#engine/assessment/evaluation/evaluation-records.ts'
import { CompareService } from './compare.service.ts'
import { DrawThreads } from './draw-threads.ts'
import { FairnessService } from './fairness.service.ts'

export function openFairness({
  workers,
  cores,
  evaluationRecords,
  baselineRecords,
}: Lent & { readonly evaluationRecords: EvaluationRecords; readonly baselineRecords: BaselineRecords }) {
  const fairness = new FairnessService({
    records: evaluationRecords,
    baselines: baselineRecords,
    threads: new DrawThreads({ workers, cores }),
  })
  const systems = new CompareService({ records: evaluationRecords, baselines: baselineRecords })
  return {
    services: { fairness, systemComparison: systems },
    jobs: [],
    handlers: answer({
      'fairness.get': (request, signal) => fairness.get(request, signal),
      'fairness.compare': (request) => systems.compare(request),
      'fairness.progress': () => fairness.progress(),
      'fairness.ageGate': (request) => fairness.ageGate(request),
      'fairness.samePerson': (request) => fairness.samePerson(request),
      'fairness.images': (request) => fairness.images(request),
    }),
  }
}
