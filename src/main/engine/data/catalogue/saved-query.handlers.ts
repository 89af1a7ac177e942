import type { EngineImplementer } from '#engine/base/kernel/implementer.ts'
import type { SavedQueryService } from './saved-query.service.ts'

/** @param services gives the open project's services, or throws PRECONDITION */
export function createSavedQueryHandlers(
  os: EngineImplementer['savedQuery'],
  services: () => { readonly savedQueries: SavedQueryService },
) {
  return {
    list: os.list.handler(() => services().savedQueries.list()),
    save: os.save.handler(({ input }) => services().savedQueries.save(input)),
    rename: os.rename.handler(({ input }) => services().savedQueries.rename(input.savedQueryId, input.name)),
    remove: os.remove.handler(({ input }) => ({
      removed: services().savedQueries.remove(input.savedQueryId),
    })),
  }
}
