import type { Lent } from '#engine/base/features/lent.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import type { TrainingDataService } from '#engine/learning/training/training-data.service.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import type { RunService } from '#engine/learning/training/run.service.ts'
import type { PurposeService } from '#engine/learning/purposes/purpose.service.ts'
import type { TensorService } from '#engine/networks/tensors/tensor.service.ts'
import { createExportJob } from './export.job.ts'

interface ExportLent extends Lent {
  readonly tensors: TensorService
  readonly trainingData: TrainingDataService
  readonly models: ModelService
  readonly runs: RunService
  readonly purposes: PurposeService
}

export function openExports({
  folder,
  workers,
  cores,
  codec,
  tensors,
  trainingData,
  models,
  runs,
  purposes,
  storedFiles,
}: ExportLent) {
  const host = { workers, cores, codec }
  const job = createExportJob({
    models,
    runs,
    purposes,
    data: trainingData,
    tensors,
    storedFiles,
    projectFolder: folder.path,
    host,
  })
  return { services: {}, jobs: [registerJob(job)], handlers: {} }
}
