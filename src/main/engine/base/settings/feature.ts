import { answer } from '#engine/base/procedures/handlers.ts'
import type { Logger } from '#engine/base/kernel/logger.ts'
import { UserSettingsStore } from './user-settings.ts'

export function openSettings({ userDataFolder, logger }: { userDataFolder: string; logger: Logger }) {
  const settings = new UserSettingsStore({ userDataFolder, logger })
  return {
    services: { settings },
    jobs: [],
    handlers: answer({
      'settings.get': () => settings.get(),
      'settings.update': (change) => settings.update(change),
    }),
  }
}
