import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type RawData, type WebSocket } from 'ws'
import type { EngineRouter } from '#engine/base/procedures/router.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { ErrorLog } from '../call-errors.ts'
import { createRpcLines } from '../rpc-lines.ts'
import { endWithProblem, HttpRefusal } from './http-errors.ts'

interface RpcSocketDeps {
  readonly router: EngineRouter
  readonly log: ErrorLog
  readonly messageBytes: number
  /** Why not to let the request in, or null. */
  readonly judge: (request: IncomingMessage) => HttpRefusal | null
}

const heartbeatMs = 30_000

/** The window's connection: the contract over a WebSocket at `/rpc`. @returns a function that ends it. */
export function attachRpcSocket(server: Server, deps: RpcSocketDeps): () => void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: deps.messageBytes })
  const openLine = createRpcLines(deps.router, deps.log)
  const answering = new WeakSet<WebSocket>()

  sockets.on('connection', (socket) => {
    answering.add(socket)
    socket.on('pong', () => answering.add(socket))
    // A broken frame closes the socket by itself; without a listener it would end the process.
    socket.on('error', () => socket.terminate())
    const line = openLine({
      send: (message) => socket.send(message),
      close: () => socket.close(1007, 'This is no call'),
    })
    socket.on('message', (data, isBinary) => line.receive(readMessage(data, isBinary)))
    socket.on('close', line.end)
  })

  const heartbeat = setInterval(() => {
    for (const socket of sockets.clients) {
      if (!answering.delete(socket)) socket.terminate()
      else socket.ping()
    }
  }, heartbeatMs)
  heartbeat.unref()

  const upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const refusal = deps.judge(request) ?? (isRpcTarget(request.url) ? null : noSuchSocket())
    if (refusal !== null) {
      endWithProblem(stream, refusal)
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

const noSuchSocket = (): HttpRefusal =>
  new HttpRefusal(404, new AppError('NOT_FOUND', 'The only WebSocket here is at /rpc.'))

/** Compared as text: the target is a stranger's and need not be an address. */
function isRpcTarget(target: string | undefined): boolean {
  return target?.split('?', 1)[0] === '/rpc'
}

function readMessage(data: RawData, isBinary: boolean): string | Uint8Array {
  const joined = Array.isArray(data) ? Buffer.concat(data) : data
  const bytes = Buffer.isBuffer(joined) ? joined : Buffer.from(joined)
  return isBinary ? bytes : bytes.toString()
}
