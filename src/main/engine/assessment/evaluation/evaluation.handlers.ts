import type { EngineImplementer } from '#engine/base/kernel/implementer.ts'
import type { EvaluationService } from './evaluation.service.ts'

/** @param services gives the open project's services, or throws PRECONDITION */
export function createEvaluationHandlers(
  os: EngineImplementer['evaluation'],
  services: () => { readonly evaluations: EvaluationService },
) {
  return {
    create: os.create.handler(({ input }) => services().evaluations.start(input)),
    list: os.list.handler(() => services().evaluations.list()),
    get: os.get.handler(({ input }) => services().evaluations.get(input.evaluationId)),
    cell: os.cell.handler(({ input }) => services().evaluations.cell(input)),
  }
}
