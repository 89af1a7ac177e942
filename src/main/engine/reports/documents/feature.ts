import { answer } from '#engine/base/procedures/handlers.ts'
import type { AccessLog } from '#engine/base/access-log/access-log.service.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import type { BaselineService } from '#engine/assessment/baselines/baseline.service.ts'
import type { EvaluationRecords } from '#engine/assessment/evaluation/evaluation-records.ts'
import type { EvaluationSeals } from '#engine/assessment/evaluation/evaluation-seals.ts'
import type { ModelOrigins } from '#engine/assessment/evaluation/model-origins.ts'
import type { CompareService } from '#engine/assessment/fairness/compare.service.ts'
import type { FairnessService } from '#engine/assessment/fairness/fairness.service.ts'
import type { LeakageService } from '#engine/assessment/leakage/leakage.service.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import { createReportJob } from './report.job.ts'
import { ReportService } from './report.service.ts'

interface ReportsLent extends Lent {
  readonly accessLog: AccessLog
  readonly models: ModelService
  readonly leakage: LeakageService
  readonly evaluationRecords: EvaluationRecords
  readonly modelOrigins: ModelOrigins
  readonly evaluationSeals: EvaluationSeals
  readonly baselines: BaselineService
  readonly fairness: FairnessService
  readonly systemComparison: CompareService
}

export function openReports(lent: ReportsLent) {
  const { workers, jobs, accessLog, models, leakage, baselines, fairness, isSynthetic } = lent
  const records = lent.evaluationRecords
  const reports = new ReportService({
    records,
    seals: lent.evaluationSeals,
    baselines,
    fairness,
    systems: lent.systemComparison,
    leakage,
    models,
    origins: lent.modelOrigins,
    accessLog,
    isSynthetic,
  })
  return {
    services: { reports },
    jobs: [registerJob(createReportJob({ reports, workers }))],
    handlers: answer({
      'report.make': async (request) => {
        // A wrong number is told now, and not by a job that fails.
        await records.describe(request.evaluationId)
        return { jobId: jobs.enqueue('report', request).id }
      },
    }),
  }
}
