import { answer } from '#engine/base/procedures/handlers.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import type { ErasureRecordService } from '#engine/data/erasures/erasure-record.service.ts'
import type { PurposeService } from '#engine/learning/purposes/purpose.service.ts'
import { ModelRepo } from './model.repo.ts'
import { ModelService } from './model.service.ts'

interface ModelsLent extends Lent {
  readonly erasures: ErasureRecordService
  readonly purposes: PurposeService
}

export function openModels(lent: ModelsLent) {
  const { db, folder, jobs, storedFiles, purposes, now, publishChange, erasures } = lent
  const models = new ModelService({
    models: new ModelRepo(db),
    jobs,
    purposes,
    storedFiles,
    projectFolder: folder.path,
    now,
    publishChange,
  })
  return {
    services: { models },
    jobs: [],
    handlers: answer({
      'model.list': () => models.list().map((model) => ({ ...model, ...erasures.mark('model', model.id) })),
      'model.get': ({ modelId }) => ({
        ...models.get(modelId),
        ...erasures.mark('model', modelId),
      }),
      'model.export': ({ modelId, ...target }) => models.startExport(modelId, target),
    }),
  }
}
