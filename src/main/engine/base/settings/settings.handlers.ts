import type { EngineImplementer } from '#engine/base/kernel/implementer.ts'
import type { UserSettingsStore } from './user-settings.ts'

export function createSettingsHandlers(os: EngineImplementer['settings'], settings: UserSettingsStore) {
  return {
    get: os.get.handler(() => settings.get()),
    update: os.update.handler(({ input }) => settings.update(input)),
  }
}
