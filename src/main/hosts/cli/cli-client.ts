import { createRouterClient, type RouterClient } from '@orpc/server'
import type { EngineRouter } from '#engine/engine.ts'
import { mapCallErrors } from '../call-errors.ts'

/** The contract's procedures called in this process, through the same checks as over a wire. */
export type CliClient = RouterClient<EngineRouter>

export function createCliClient(router: EngineRouter): CliClient {
  return createRouterClient(router, { interceptors: [mapCallErrors()] })
}
