import { join } from 'node:path'
import type { ErasureWork } from '#engine/base/holders/image-holder.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import { ResultFiles } from '#engine/base/integrity/result-files.ts'
import { registerJob } from '#engine/base/jobs/job.ts'
import { dropRecordFiles } from '#engine/base/kernel/record-file.ts'
import { answer } from '#engine/base/procedures/handlers.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import type { TrainingDataService } from '#engine/learning/training/training-data.service.ts'
import type { EvaluationRecords } from '#engine/assessment/evaluation/evaluation-records.ts'
import { sensitivityFiles } from './sensitivity-files.ts'
import { createSensitivityJob } from './sensitivity.job.ts'
import { SensitivityService } from './sensitivity.service.ts'

interface SensitivityLent extends Lent {
  readonly evaluationRecords: EvaluationRecords
  readonly trainingData: TrainingDataService
  readonly models: ModelService
}

export function openSensitivity(lent: SensitivityLent) {
  const { evaluationRecords: records, trainingData: data, models, jobs, now, folder, storedFiles } = lent
  const { workers, codec, cores } = lent
  const cacheFolder = join(folder.path, 'cache')
  const store = new ResultFiles(join(folder.path, 'explanations'), storedFiles, sensitivityFiles)
  const sensitivity = new SensitivityService({ records, jobs, store, cacheFolder })
  const host = { workers, codec, cores }
  const job = createSensitivityJob({ records, data, models, store, cacheFolder, host, now })
  return {
    services: {},
    jobs: [registerJob(job)],
    holder: {
      rows: null,
      settle: async ({ images }: ErasureWork) => {
        if (images.length === 0) return
        await dropRecordFiles(cacheFolder, `${sensitivityFiles.prefix}-`)
        await store.drop()
      },
    },
    handlers: answer({
      'sensitivity.create': async ({ evaluationId, choices }) => ({
        jobId: await sensitivity.start(evaluationId, choices),
      }),
      'sensitivity.list': () => sensitivity.list(),
      'sensitivity.get': ({ jobId }) => sensitivity.read(jobId),
      'sensitivity.images': (request) => sensitivity.images(request),
    }),
  }
}
