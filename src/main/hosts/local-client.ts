import { createRouterClient, type RouterClient } from '@orpc/server'
import type { EngineRouter } from '#engine/base/procedures/router.ts'
import { mapCallErrors } from './call-errors.ts'

/** The contract's procedures called in this process, through the same checks as over a wire. */
export type LocalClient = RouterClient<EngineRouter>

export function createLocalClient(router: EngineRouter): LocalClient {
  return createRouterClient(router, { interceptors: [mapCallErrors()] })
}
