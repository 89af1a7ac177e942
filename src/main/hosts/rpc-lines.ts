import { RPCHandler } from '@orpc/server/bun-ws'
import type { EngineRouter } from '#engine/base/procedures/router.ts'
import { logUnforeseen, mapCallErrors, type ErrorLog } from './call-errors.ts'

/** The window's end of a line to the engine, as a host has it: a WebSocket or a message port. */
export interface RpcLine {
  readonly send: (message: string | ArrayBufferLike | Uint8Array) => void
  readonly close: () => void
}

export interface OpenedLine {
  /** Never throws and never rejects, whatever the message is. */
  readonly receive: (message: string | Uint8Array) => void
  readonly end: () => void
}

/**
 * Answers the contract over lines of messages. Of oRPC's adapters only the one for Bun is handed its messages one by one
 * and gives a promise for each; those for sockets and ports listen by themselves and let rejections go unhandled.
 */
export function createRpcLines(router: EngineRouter, log: ErrorLog): (line: RpcLine) => OpenedLine {
  const handler = new RPCHandler(router, { clientInterceptors: [mapCallErrors(log)] })
  return ({ send, close }) => {
    const line = {
      send: (message: string | ArrayBufferLike | Uint8Array) => {
        send(message)
        return 0
      },
    }
    return {
      receive: (message) => {
        handler.message(line, message, { context: {} }).catch((error: unknown) => {
          // Failures of calls are answers. What is no call has no number to answer under: the line ends instead.
          logUnforeseen(error, log)
          close()
        })
      },
      end: () => handler.close(line),
    }
  }
}
