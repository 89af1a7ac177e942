import type { EngineImplementer } from '#engine/base/kernel/implementer.ts'
import type { SplitService } from './split.service.ts'

/** @param services gives the open project's services, or throws PRECONDITION */
export function createSplitHandlers(
  os: EngineImplementer['split'],
  services: () => { readonly splits: SplitService },
) {
  return {
    create: os.create.handler(({ input }) => ({ jobId: services().splits.create(input) })),
    list: os.list.handler(() => services().splits.list()),
    get: os.get.handler(({ input }) => services().splits.get(input.splitId)),
    export: os.export.handler(({ input }) => services().splits.exportCsv(input.splitId, input.file)),
  }
}
