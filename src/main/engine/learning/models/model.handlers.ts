import type { EngineImplementer } from '#engine/base/kernel/implementer.ts'
import type { ModelService } from './model.service.ts'

/** @param services gives the open project's services, or throws PRECONDITION */
export function createModelHandlers(
  os: EngineImplementer['model'],
  services: () => { readonly models: ModelService },
) {
  return {
    list: os.list.handler(() => services().models.list()),
    get: os.get.handler(({ input }) => services().models.get(input.modelId)),
    export: os.export.handler(({ input }) => services().models.startExport(input.modelId, input.file)),
  }
}
