import { answer } from '#engine/base/procedures/handlers.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import type { AuditService } from '#engine/assessment/audit/audit.service.ts'
import type { BaselineRecords } from '#engine/assessment/baselines/baseline-records.ts'
import type { EvaluationRecords } from '#engine/assessment/evaluation/evaluation-records.ts'
import type { ModelOrigins } from '#engine/assessment/evaluation/model-origins.ts'
import { CompareService } from './compare.service.ts'
import { CrossService } from './cross.service.ts'
import { gatherCrossings } from './gather-crossings.ts'
import { DrawThreads } from './draw-threads.ts'
import { ErrorTreeService } from './error-tree.service.ts'
import { FairnessService } from './fairness.service.ts'

interface FairnessLent extends Lent {
  readonly evaluationRecords: EvaluationRecords
  readonly baselineRecords: BaselineRecords
  readonly modelOrigins: ModelOrigins
  readonly audit: AuditService
}

export function openFairness({
  workers,
  cores,
  evaluationRecords,
  baselineRecords,
  modelOrigins,
  audit,
}: FairnessLent) {
  const fairness = new FairnessService({
    records: evaluationRecords,
    baselines: baselineRecords,
    threads: new DrawThreads({ workers, cores }),
  })
  const crossing = new CrossService({ records: evaluationRecords, origins: modelOrigins })
  const systems = new CompareService({ records: evaluationRecords, baselines: baselineRecords })
  const trees = new ErrorTreeService({ fairness, audit, workers })
  return {
    services: { fairness, systemComparison: systems },
    jobs: [],
    handlers: answer({
      'fairness.get': (request, signal) => fairness.get(request, signal),
      'fairness.compare': (request) => systems.compare(request),
      'fairness.cross': (request) => crossing.cross(request),
      'audit.generalisation': async () => ({ generalisation: await gatherCrossings(crossing) }),
      'fairness.progress': () => fairness.progress(),
      'fairness.ageGate': (request) => fairness.ageGate(request),
      'fairness.samePerson': (request) => fairness.samePerson(request),
      'fairness.images': (request) => fairness.images(request),
      'fairness.errorTree': (request, signal) => trees.get(request, signal),
      'fairness.errorTreeImages': (request, signal) => trees.images(request, signal),
    }),
  }
}
