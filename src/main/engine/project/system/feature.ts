import { answer } from '#engine/base/procedures/handlers.ts'
import type { EngineLent } from '#engine/base/features/lent.ts'
import { listFolders } from '#engine/project/folder/list-folders.ts'
import { describeSystem } from './describe-system.ts'

export function openSystem({ host, cores, chooseCodec, events }: EngineLent) {
  return {
    services: {},
    jobs: [],
    handlers: answer({
      'system.info': () => describeSystem({ host, cores, chooseCodec }),
      'system.events': (_input, signal) => events.subscribe(signal),
      'system.folders': ({ path }) => listFolders(path),
    }),
  }
}
