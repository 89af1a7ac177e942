import type { EngineImplementer } from '#engine/base/kernel/implementer.ts'
import type { UserSettingsStore } from '#engine/base/settings/user-settings.ts'
import type { ReadingService } from './reading.service.ts'

interface ReadingHandlerDeps {
  /** Gives the open project's services, or throws PRECONDITION. */
  readonly services: () => { readonly readings: ReadingService }
  readonly settings: UserSettingsStore
}

export function createReadingHandlers(
  os: EngineImplementer['reading'],
  { services, settings }: ReadingHandlerDeps,
) {
  return {
    start: os.start.handler(async ({ input: { reviewer, ...request } }) => {
      const actor = reviewer ?? (await settings.get()).reviewer
      return services().readings.start({ ...request, actor })
    }),
    list: os.list.handler(() => services().readings.list()),
    get: os.get.handler(({ input }) => services().readings.get(input.readingId)),
    images: os.images.handler(({ input }) => services().readings.listImages(input.readingId)),
    answer: os.answer.handler(({ input }) => services().readings.answer(input)),
    finish: os.finish.handler(({ input }) => services().readings.finish(input.readingId)),
    result: os.result.handler(({ input }) => services().readings.result(input.readingId)),
  }
}
