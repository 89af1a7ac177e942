import { answer } from '#engine/base/procedures/handlers.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import type { ErasureRecordService } from '#engine/data/erasures/erasure-record.service.ts'
import { ModelRepo } from './model.repo.ts'
import { ModelService } from './model.service.ts'

export function openModels(lent: Lent & { readonly erasures: ErasureRecordService }) {
  const { db, folder, jobs, now, publishChange, erasures } = lent
  const models = new ModelService({
    models: new ModelRepo(db),
    jobs,
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
      'model.export': ({ modelId, file }) => models.startExport(modelId, file),
    }),
  }
}
