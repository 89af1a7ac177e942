import type { EngineImplementer } from '#engine/base/kernel/implementer.ts'
import type { JobRunner } from './job.ts'

/** @param services gives the open project's services, or throws PRECONDITION */
export function createJobHandlers(
  os: EngineImplementer['job'],
  services: () => { readonly jobs: JobRunner },
) {
  return {
    list: os.list.handler(({ input }) => services().jobs.list(input.limit)),
    get: os.get.handler(({ input }) => services().jobs.get(input.jobId)),
    cancel: os.cancel.handler(({ input }) => services().jobs.cancel(input.jobId)),
    resume: os.resume.handler(({ input }) => services().jobs.resume(input.jobId)),
  }
}
