import type { EngineImplementer } from '#engine/kernel/implementer.ts'
import type { RunService } from './run.service.ts'

/** @param services gives the open project's services, or throws PRECONDITION */
export function createRunHandlers(
  os: EngineImplementer['run'],
  services: () => { readonly runs: RunService },
) {
  return {
    start: os.start.handler(({ input, signal }) => services().runs.start(input, signal)),
    resume: os.resume.handler(({ input }) => services().runs.resume(input.runId)),
    list: os.list.handler(() => services().runs.list()),
    get: os.get.handler(({ input }) => services().runs.get(input.runId)),
  }
}
