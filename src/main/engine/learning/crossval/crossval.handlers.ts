import type { EngineImplementer } from '#engine/base/kernel/implementer.ts'
import type { CrossvalService } from './crossval.service.ts'

/** @param services gives the open project's services, or throws PRECONDITION */
export function createCrossvalHandlers(
  os: EngineImplementer['crossval'],
  services: () => { readonly crossvals: CrossvalService },
) {
  return {
    start: os.start.handler(({ input, signal }) => services().crossvals.start(input, signal)),
    list: os.list.handler(() => services().crossvals.list()),
    get: os.get.handler(({ input }) => services().crossvals.get(input.crossvalId)),
    stop: os.stop.handler(({ input }) => services().crossvals.stop(input.crossvalId)),
    resume: os.resume.handler(({ input }) => services().crossvals.resume(input.crossvalId)),
    predictions: os.predictions.handler(({ input: { crossvalId, ...page } }) =>
      services().crossvals.predictions(crossvalId, page),
    ),
    export: os.export.handler(({ input }) => services().crossvals.exportCsv(input.crossvalId, input.file)),
  }
}
