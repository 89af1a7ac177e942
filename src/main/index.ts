import { createEngine } from './engine/create-engine.ts'
import { locateWorkers } from './engine/base/threads/worker-locator.ts'
import { startDesktop } from './hosts/electron/start-desktop.ts'

startDesktop({
  entryUrl: import.meta.url,
  createEngine: async (userDataFolder) =>
    createEngine({ host: 'electron', userDataFolder, workers: locateWorkers(import.meta.url) }),
})
