import { answer } from '#engine/base/procedures/handlers.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import type { SplitStandings } from '#engine/data/splits/split-standings.ts'
import type { TrainingDataService } from '#engine/learning/training/training-data.service.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import type { PredictionService } from '#engine/learning/predictions/prediction.service.ts'
import type { DeviceService } from '#engine/networks/devices/device.service.ts'
import type { OpeningService } from '#engine/learning/openings/opening.service.ts'
import type { RunService } from '#engine/learning/training/run.service.ts'
import type { ErasureRecordService } from '#engine/data/erasures/erasure-record.service.ts'
import { calibrateModel } from './calibrate-model.ts'
import { DepictedRepo } from './depicted.repo.ts'
import type { LeakageService } from '#engine/assessment/leakage/leakage.service.ts'
import { createEvaluateJob } from './evaluate.job.ts'
import { createEvaluationHolder } from './evaluation-holder.ts'
import { EvaluationRepo } from './evaluation.repo.ts'
import { EvaluationRecords } from './evaluation-records.ts'
import { EvaluationSealRepo } from './evaluation-seal.repo.ts'
import { EvaluationSeals } from './evaluation-seals.ts'
import { EvaluationService } from './evaluation.service.ts'
import { ModelOrigins } from './model-origins.ts'

interface EvaluationLent extends Lent {
  readonly trainingData: TrainingDataService
  readonly splitStandings: SplitStandings
  readonly leakage: LeakageService
  readonly models: ModelService
  readonly predictions: PredictionService
  readonly runs: RunService
  readonly openings: OpeningService
  readonly erasures: ErasureRecordService
  readonly devices: DeviceService
}

export function openEvaluations(lent: EvaluationLent) {
  const {
    db,
    jobs,
    now,
    verifiedOnce,
    trainingData: data,
    models,
    predictions,
    runs,
    erasures,
    devices,
    openings,
    leakage,
    storedFiles,
  } = lent
  const repo = new EvaluationRepo(db)
  const seals = new EvaluationSeals({ repo: new EvaluationSealRepo(db), verified: verifiedOnce })
  const evaluations = new EvaluationService({
    evaluations: repo,
    seals,
    models,
    runs,
    data,
    devices,
    openings,
    leakage,
    storedFiles,
    jobs,
  })
  const origins = new ModelOrigins({ evaluations: repo, models, runs, data })
  const job = createEvaluateJob({
    service: evaluations,
    evaluations: repo,
    openings,
    models,
    origins,
    data,
    predictions,
    standings: lent.splitStandings,
    leakage,
    devices,
    now,
  })
  const evaluationRecords = new EvaluationRecords({
    evaluations: repo,
    service: evaluations,
    data,
    people: new DepictedRepo(db),
  })
  return {
    services: { modelOrigins: origins, evaluationSeals: seals, evaluationRecords },
    jobs: [registerJob(job)],
    holder: createEvaluationHolder({
      evaluations: repo,
      seals,
      models,
      origins,
      openings,
      data,
      standings: lent.splitStandings,
      leakage,
    }),
    handlers: answer({
      'evaluation.create': (request, signal) => evaluations.start(request, signal),
      'evaluation.list': async () =>
        (await evaluations.list()).map((one) => ({
          ...one,
          ...erasures.mark('evaluation', one.evaluationId),
        })),
      'evaluation.get': async ({ evaluationId }) => ({
        ...(await evaluations.get(evaluationId)),
        ...erasures.mark('evaluation', evaluationId),
      }),
      'evaluation.calibration': ({ modelId }) =>
        calibrateModel({ records: evaluationRecords, origins }, modelId),
      'evaluation.answers': ({ images }) => evaluations.answers(images),
      'evaluation.cell': (request) => evaluations.cell(request),
    }),
  }
}
