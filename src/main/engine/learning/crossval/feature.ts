import { answer } from '#engine/base/procedures/handlers.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import type { TrainingDataService } from '#engine/learning/training/training-data.service.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import type { PredictionService } from '#engine/learning/predictions/prediction.service.ts'
import type { RunControlService } from '#engine/learning/training/run-control.service.ts'
import type { RunPlanService } from '#engine/learning/training/run-plan.service.ts'
import type { RunService } from '#engine/learning/training/run.service.ts'
import type { ErasureRecordService } from '#engine/data/erasures/erasure-record.service.ts'
import { createCrossvalHolder } from './crossval-holder.ts'
import { createCrossvalJob, type CrossvalJobDeps } from './crossval.job.ts'
import { CrossvalRepo } from './crossval.repo.ts'
import { CrossvalSealRepo } from './crossval-seal.repo.ts'
import { CrossvalSeals } from './crossval-seals.ts'
import { CrossvalService } from './crossval.service.ts'

interface CrossvalLent extends Lent {
  readonly trainingData: TrainingDataService
  readonly models: ModelService
  readonly erasures: ErasureRecordService
  readonly predictions: PredictionService
  readonly runs: RunService
  readonly runPlans: RunPlanService
  readonly runControl: RunControlService
  readonly trainRun: CrossvalJobDeps['trainRun']
}

export function openCrossvals(lent: CrossvalLent) {
  const { db, jobs, workers, now, verifiedOnce, publishChange, trainingData: data, models } = lent
  const { predictions, runs, runPlans: plans, runControl: control, trainRun, erasures } = lent
  const repo = new CrossvalRepo(db)
  const seals = new CrossvalSeals({ repo: new CrossvalSealRepo(db), verified: verifiedOnce })
  const crossvals = new CrossvalService({ crossvals: repo, seals, plans, data, jobs, now, publishChange })
  const job = createCrossvalJob({
    service: crossvals,
    crossvals: repo,
    seals,
    runs,
    control,
    plans,
    data,
    trainRun,
    models,
    predictions,
    host: { workers, catalogue: db.file, now, publishChange },
  })
  return {
    services: { crossvals, crossvalSeals: seals },
    jobs: [registerJob(job)],
    holder: createCrossvalHolder({
      crossvals: repo,
      seals,
      service: crossvals,
      data,
      workers,
      catalogue: db.file,
    }),
    handlers: answer({
      'crossval.start': (request, signal) => crossvals.start(request, signal),
      'crossval.list': () =>
        crossvals.list().map((one) => ({ ...one, ...erasures.mark('crossval', one.id) })),
      'crossval.get': async ({ crossvalId }, signal) => ({
        ...(await crossvals.get(crossvalId, signal)),
        ...erasures.mark('crossval', crossvalId),
      }),
      'crossval.stop': ({ crossvalId }) => crossvals.stop(crossvalId),
      'crossval.resume': ({ crossvalId }) => crossvals.resume(crossvalId),
      'crossval.predictions': ({ crossvalId, ...page }) => crossvals.predictions(crossvalId, page),
      'crossval.export': ({ crossvalId, file }) => crossvals.exportCsv(crossvalId, file),
    }),
  }
}
