import type { EngineImplementer } from '#engine/base/kernel/implementer.ts'
import type { ProjectService } from './project.service.ts'

export function createProjectHandlers(os: EngineImplementer['project'], projects: ProjectService) {
  return {
    current: os.current.handler(() => projects.current()),
    create: os.create.handler(({ input }) => projects.create(input)),
    open: os.open.handler(({ input }) => projects.open(input.folder)),
    close: os.close.handler(async () => ({ closed: await projects.close() })),
    recent: os.recent.handler(() => projects.recent()),
  }
}
