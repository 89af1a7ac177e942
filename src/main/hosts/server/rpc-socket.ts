import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { RPCHandler } from '@orpc/server/ws'
import { WebSocketServer, type WebSocket } from 'ws'
import type { EngineRouter } from '#engine/base/engine.ts'
import { mapCallErrors, type ErrorLog } from '../call-errors.ts'

interface RpcSocketDeps {
  readonly router: EngineRouter
  readonly log: ErrorLog
  readonly messageBytes: number
  /** HTTP status to refuse the request with, or null to let it in. */
  readonly judge: (request: IncomingMessage) => number | null
}

const heartbeatMs = 30_000

/** The window's connection: the contract over a WebSocket at `/rpc`. @returns a function that ends it. */
export function attachRpcSocket(server: Server, deps: RpcSocketDeps): () => void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: deps.messageBytes })
  const handler = new RPCHandler(deps.router, { clientInterceptors: [mapCallErrors(deps.log)] })
  const answering = new WeakSet<WebSocket>()

  sockets.on('connection', (socket) => {
    answering.add(socket)
    socket.on('pong', () => answering.add(socket))
    // A broken frame closes the socket by itself; without a listener it would end the process.
    socket.on('error', () => socket.terminate())
    void handler.upgrade(socket, { context: {} })
  })

  const heartbeat = setInterval(() => {
    for (const socket of sockets.clients) {
      if (!answering.delete(socket)) socket.terminate()
      else socket.ping()
    }
  }, heartbeatMs)
  heartbeat.unref()

  const upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const refusal =
      new URL(request.url ?? '/', 'http://localhost').pathname === '/rpc' ? deps.judge(request) : 404
    if (refusal !== null) {
      stream.end(`HTTP/1.1 ${refusal} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    sockets.handleUpgrade(request, stream, head, (socket) => sockets.emit('connection', socket, request))
  }
  server.on('upgrade', upgrade)

  return () => {
    clearInterval(heartbeat)
    server.off('upgrade', upgrade)
    for (const socket of sockets.clients) socket.close(1001, 'The server stops')
    sockets.close()
  }
}
