import { join } from 'node:path'
import type { RunId } from '#shared/contract/base.contract.ts'
import { answer } from '#engine/base/procedures/handlers.ts'
import type { ErasureWork } from '#engine/base/holders/image-holder.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import { registerJob, type JobContext } from '#engine/base/jobs/job.ts'
import { readVersion } from '#engine/base/runtime/version.ts'
import type { SplitSeals } from '#engine/data/splits/split-seals.ts'
import type { SplitStandings } from '#engine/data/splits/split-standings.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import type { DeviceService } from '#engine/networks/devices/device.service.ts'
import type { ImportedCurvesService } from '#engine/learning/curves/imported-curves.service.ts'
import type { ErasureRecordService } from '#engine/data/erasures/erasure-record.service.ts'
import { TensorService } from '#engine/networks/tensors/tensor.service.ts'
import { FaceDescriptorRepo } from './face-descriptors.repo.ts'
import { FaceDescriptorService } from './face-descriptors.service.ts'
import { InitialWeightsService } from './initial-weights.service.ts'
import { RunComparisonService } from './run-comparison.service.ts'
import { RunControlService } from './run-control.service.ts'
import { RunDiskService } from './run-disk.service.ts'
import { RunEstimateService } from './run-estimate.service.ts'
import { RunFilesService } from './run-files.service.ts'
import { RunPlanService } from './run-plan.service.ts'
import { RunRepo } from './run.repo.ts'
import { RunService } from './run.service.ts'
import { SweepRepo } from './sweep.repo.ts'
import { SweepService } from './sweep.service.ts'
import { createTrainJob } from './train.job.ts'
import { TrainingDataRepo } from './training-data.repo.ts'
import { TrainingDataService } from './training-data.service.ts'

interface TrainingLent extends Lent {
  readonly devices: DeviceService
  readonly curves: ImportedCurvesService
  readonly models: ModelService
  readonly erasures: ErasureRecordService
  readonly splitSeals: SplitSeals
  readonly splitStandings: SplitStandings
}

export function openTraining(lent: TrainingLent) {
  const { db, jobs, now, workers, cores, publishChange, devices, codec, curves, models } = lent
  const { erasures, storedFiles, splitSeals, splitStandings: standings } = lent
  const projectFolder = lent.folder.path
  const tensors = new TensorService({ cacheFolder: join(projectFolder, 'cache'), workers, codec, cores })
  const data = new TrainingDataService({ repo: new TrainingDataRepo(db), splitSeals, projectFolder })
  const version = readVersion()
  const repo = new RunRepo(db)
  const initialWeights = new InitialWeightsService({ projectFolder, workers, storedFiles })
  const runs = new RunService({ runs: repo, jobs, projectFolder, publishChange })
  const faces = new FaceDescriptorService({
    repo: new FaceDescriptorRepo(db),
    isSynthetic: lent.isSynthetic,
  })
  const plans = new RunPlanService({ data, standings, initialWeights, devices, faces })
  const control = new RunControlService({ repo, runs, plans, jobs, host: { now, version, publishChange } })
  const disk = new RunDiskService({ repo, runs, jobs, projectFolder, now, publishChange })
  const estimates = new RunEstimateService({ plans, runs: repo })
  const comparison = new RunComparisonService({ runs, curves })
  const sweeps = new SweepService({ sweeps: new SweepRepo(db), runs, plans, control, now })
  const host = { projectFolder, workers, cores, version, now, publishChange }
  const trainJob = createTrainJob({ runs, repo, data, faces, tensors, models, devices, storedFiles, host })
  return {
    services: {
      tensors,
      trainingData: data,
      runs,
      runFiles: new RunFilesService({
        runsFolder: lent.folder.runs,
        isRecorded: (file) => storedFiles.find(file) !== null,
      }),
      runPlans: plans,
      runControl: control,
      /** Trains a stored run to its end inside another job, from its last checkpoint where it has one. */
      trainRun: (runId: RunId, context: JobContext) =>
        trainJob.run({ runId, keepBest: false, device: undefined }, context),
    },
    jobs: [registerJob(trainJob)],
    holder: {
      rows: null,
      listUses: (imageIds: readonly number[]) => repo.uses(imageIds),
      settle: ({ images }: ErasureWork) =>
        tensors.erase(new Set(images.map(({ pixelSha256 }) => pixelSha256))),
    },
    handlers: answer({
      'run.start': (config, signal) => control.start(config, signal),
      'run.estimate': (config, signal) => estimates.estimate(config, signal),
      'run.resume': ({ runId, device }) => control.resume(runId, device),
      'run.pause': ({ runId }) => control.pause(runId),
      'run.stop': ({ runId }) => control.stop(runId),
      'run.keep': ({ runId }) => control.keep(runId),
      'run.list': () => runs.list().map((run) => ({ ...run, ...erasures.markRun(run.id) })),
      'run.get': async ({ runId }) => ({ ...(await runs.get(runId)), ...erasures.markRun(runId) }),
      'run.rename': ({ runId, name }) => runs.rename(runId, name),
      'run.setNotes': ({ runId, notes }) => runs.setNotes(runId, notes),
      'run.setTags': ({ runId, tags }) => runs.setTags(runId, tags),
      'run.archive': ({ runId, archived }) => runs.archive(runId, archived),
      'run.disk': () => disk.list(),
      'run.freeDisk': ({ runIds }) => disk.free(runIds),
      'run.queue': () => control.queue(),
      'run.moveInQueue': ({ runId, position }) => control.moveInQueue(runId, position),
      'run.continueQueue': () => control.continueQueue(),
      'run.compare': ({ runIds, curvesIds }) => comparison.compare(runIds, curvesIds),
      'run.sweep': (request, signal) => sweeps.start(request, signal),
      'run.sweeps': () => sweeps.list(),
      'run.sweepResults': ({ sweepId, metric }) => sweeps.results(sweepId, metric),
      'run.stopSweep': ({ sweepId }) => sweeps.stop(sweepId),
      'run.resumeSweep': ({ sweepId }) => sweeps.resume(sweepId),
    }),
  }
}
