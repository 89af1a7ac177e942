import { answer } from '#engine/base/procedures/handlers.ts'
import type { AccessLog } from '#engine/base/access-log/access-log.service.ts'
import type { EngineLent, Lent } from '#engine/base/features/lent.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import type { BaselineRecords } from '#engine/assessment/baselines/baseline-records.ts'
import type { BaselineService } from '#engine/assessment/baselines/baseline.service.ts'
import type { EvaluationRecords } from '#engine/assessment/evaluation/evaluation-records.ts'
import { DrawThreads } from '#engine/assessment/fairness/draw-threads.ts'
import type { LeakageService } from '#engine/assessment/leakage/leakage.service.ts'
import type { SplitSeals } from '#engine/data/splits/split-seals.ts'
import type { TrainingDataService } from '#engine/learning/training/training-data.service.ts'
import type { ReportService } from '#engine/reports/documents/report.service.ts'
import { BundleWriter } from './bundle-writer.ts'
import { createBundleJob } from './bundle.job.ts'
import { readBundle } from './read-bundle.ts'
import { readSigningKey, readVerifyingKey } from './signing-keys.ts'
import { verifyBundle } from './verify-bundle.ts'

/** Verifies bundles, with a project and without one. */
export function openVerifier({ workers, cores }: EngineLent) {
  const threads = new DrawThreads({ workers, cores })
  return {
    services: {},
    jobs: [],
    handlers: answer({
      'bundle.verify': async ({ file, signerKey }, signal) => {
        const signer = signerKey === undefined ? null : await readVerifyingKey(signerKey)
        return verifyBundle(await readBundle(file), { file, signer, host: { workers, threads, signal } })
      },
    }),
  }
}

interface BundlesLent extends Lent {
  readonly accessLog: AccessLog
  readonly leakage: LeakageService
  readonly splitSeals: SplitSeals
  readonly trainingData: TrainingDataService
  readonly evaluationRecords: EvaluationRecords
  readonly baselines: BaselineService
  readonly baselineRecords: BaselineRecords
  readonly reports: ReportService
}

export function openBundles(lent: BundlesLent) {
  const { workers, jobs, accessLog, leakage, baselines, baselineRecords, reports } = lent
  const writer = new BundleWriter({
    reports,
    records: lent.evaluationRecords,
    data: lent.trainingData,
    splits: lent.splitSeals,
    leakage,
    accessLog,
    baselines,
    baselineRecords,
    workers,
  })
  return {
    services: {},
    jobs: [registerJob(createBundleJob(writer))],
    handlers: answer({
      'report.bundle': async (request) => {
        await lent.evaluationRecords.describe(request.evaluationId)
        if (request.signWith !== undefined) await readSigningKey(request.signWith)
        return { jobId: jobs.enqueue('bundle', request).id }
      },
    }),
  }
}
