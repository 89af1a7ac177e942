import type { Topic } from '#shared/contract/system.contract.ts'
import { createCrossvalJob } from '#engine/learning/crossval/crossval.job.ts'
import { CrossvalRepo } from '#engine/learning/crossval/crossval.repo.ts'
import { CrossvalService } from '#engine/learning/crossval/crossval.service.ts'
import type { Db } from '#engine/base/db/db.ts'
import { createEvaluateJob } from '#engine/assessment/evaluation/evaluate.job.ts'
import { EvaluationRepo } from '#engine/assessment/evaluation/evaluation.repo.ts'
import { EvaluationService } from '#engine/assessment/evaluation/evaluation.service.ts'
import { judgeImages } from '#engine/assessment/evaluation/judge-images.ts'
import { predictPart } from '#engine/assessment/evaluation/predict-part.ts'
import { registerJob, type JobRunner, type RegisteredJob } from '#engine/base/jobs/job.ts'
import type { Clock } from '#engine/base/kernel/clock.ts'
import type { ImageCodecName } from '#engine/base/media/image-codec.ts'
import { createExportJob } from '#engine/learning/export/export.job.ts'
import { ModelRepo } from '#engine/learning/models/model.repo.ts'
import { ModelService } from '#engine/learning/models/model.service.ts'
import { readVersion } from '#engine/base/runtime/version.ts'
import type { DeviceService } from '#engine/networks/devices/device.service.ts'
import { InitialWeightsService } from '#engine/learning/training/initial-weights.service.ts'
import { ImportedCurvesRepo } from '#engine/networks/tensorboard/imported-curves.repo.ts'
import { ImportedCurvesService } from '#engine/networks/tensorboard/imported-curves.service.ts'
import { RunComparisonService } from '#engine/learning/training/run-comparison.service.ts'
import { RunControlService } from '#engine/learning/training/run-control.service.ts'
import { RunEstimateService } from '#engine/learning/training/run-estimate.service.ts'
import { RunPlanService } from '#engine/learning/training/run-plan.service.ts'
import { RunRepo } from '#engine/learning/training/run.repo.ts'
import { RunService } from '#engine/learning/training/run.service.ts'
import { SweepRepo } from '#engine/learning/training/sweep.repo.ts'
import { SweepService } from '#engine/learning/training/sweep.service.ts'
import { TensorService } from '#engine/networks/tensors/tensor.service.ts'
import { createTrainJob } from '#engine/learning/training/train.job.ts'
import { TrainingDataRepo } from '#engine/learning/training/training-data.repo.ts'
import { TrainingDataService } from '#engine/learning/training/training-data.service.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'

interface TrainingDeps {
  readonly db: Db
  readonly projectFolder: string
  readonly jobs: JobRunner
  readonly now: Clock
  readonly workers: WorkerLocator
  readonly codec: ImageCodecName
  readonly cores: number
  readonly devices: DeviceService
  readonly publishChange: (topics: readonly Topic[]) => void
}

/** Runs, models and evaluations of one open project, and the jobs that make them. */
export function wireTraining({ db, jobs, codec, ...host }: TrainingDeps) {
  const { projectFolder, workers, cores, devices, now, publishChange } = host
  const data = new TrainingDataService({ repo: new TrainingDataRepo(db), projectFolder })
  const tensors = new TensorService({ projectFolder, workers, codec, cores })
  const models = new ModelService({ models: new ModelRepo(db), jobs, projectFolder, now, publishChange })
  const repo = new RunRepo(db)
  const initialWeights = new InitialWeightsService({ projectFolder, workers })
  const runs = new RunService({ runs: repo, jobs, projectFolder, publishChange })
  const plans = new RunPlanService({ data, initialWeights, devices })
  const runControl = new RunControlService({
    repo,
    runs,
    plans,
    jobs,
    host: { now, version: readVersion(), publishChange },
  })
  const curves = new ImportedCurvesService({
    curves: new ImportedCurvesRepo(db),
    workers,
    now,
    publishChange,
  })
  const runServices = {
    runs,
    runControl,
    curves,
    runEstimates: new RunEstimateService({ plans, runs: repo }),
    runComparison: new RunComparisonService({ runs, curves }),
    sweeps: new SweepService({ sweeps: new SweepRepo(db), runs, plans, control: runControl, now }),
  }
  const evaluationRepo = new EvaluationRepo(db)
  const evaluations = new EvaluationService({ evaluations: evaluationRepo, models, runs, data, jobs })
  const trainJob = createTrainJob({
    runs,
    repo,
    data,
    tensors,
    models,
    host: { ...host, version: readVersion() },
  })
  const crossvalRepo = new CrossvalRepo(db)
  const crossvals = new CrossvalService({ crossvals: crossvalRepo, plans, data, jobs, now, publishChange })
  const crossvalJob = createCrossvalJob({
    service: crossvals,
    crossvals: crossvalRepo,
    runs,
    control: runControl,
    plans,
    data,
    trainRun: (runId, context) => trainJob.run({ runId, keepBest: false, device: undefined }, context),
    predict: async (modelId, images, context) => {
      const model = models.locate(modelId)
      const heads = await predictPart(model, images, { deps: { tensors, host }, context })
      return judgeImages(images, model, heads).predictions
    },
    host: { workers, catalogue: db.file, now, publishChange },
  })
  const handlers: RegisteredJob[] = [
    registerJob(trainJob),
    registerJob(
      createEvaluateJob({
        service: evaluations,
        evaluations: evaluationRepo,
        models,
        runs,
        data,
        tensors,
        host,
      }),
    ),
    registerJob(crossvalJob),
    registerJob(createExportJob({ models, runs, data, tensors, projectFolder, host: { ...host, codec } })),
  ]
  return { services: { ...runServices, models, evaluations, crossvals }, handlers }
}
