import { answer } from '#engine/base/procedures/handlers.ts'
import type { Lent } from '#engine/base/features/lent.ts'
import { ModelRepo } from './model.repo.ts'
import { ModelService } from './model.service.ts'

export function openModels({ db, folder, jobs, now, publishChange }: Lent) {
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
      'model.list': () => models.list(),
      'model.get': ({ modelId }) => models.get(modelId),
      'model.export': ({ modelId, file }) => models.startExport(modelId, file),
    }),
  }
}
