import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type RawData, type WebSocket } from 'ws'
import type { EngineRouter } from '#engine/base/procedures/router.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { ErrorLog } from '../call-errors.ts'
import { createRpcLines } from '../rpc-lines.ts'
import { isOf, type Visitor } from './gate.ts'
import { endWithProblem, HttpRefusal, toRefusal } from './http-errors.ts'
import type { SignIns } from './sign-ins.ts'

interface RpcSocketDeps {
  readonly router: EngineRouter
  readonly log: ErrorLog
  readonly messageBytes: number
  readonly signIns: SignIns
  /** Throws the refusal of who may not come in. */
  readonly admit: (request: IncomingMessage) => Visitor
}

const heartbeatMs = 30_000
/** Of the codes for programs' own use: the sign-in that opened the socket has ended. */
const signedOut = 4401

/** The window's connection: the contract over a WebSocket at `/rpc`. @returns a function that ends it. */
export function attachRpcSocket(server: Server, deps: RpcSocketDeps): () => void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: deps.messageBytes })
  const openLine = createRpcLines(deps.router, deps.log)
  const answering = new WeakSet<WebSocket>()
  const visitors = new WeakMap<WebSocket, Visitor>()

  sockets.on('connection', (socket: WebSocket) => {
    answering.add(socket)
    socket.on('pong', () => {
      answering.add(socket)
      const visitor = visitors.get(socket)
      if (visitor?.kind === 'session') deps.signIns.touch(visitor.session)
    })
    // A broken frame closes the socket by itself, and says why; without a listener it would end the process.
    socket.on('error', () => undefined)
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
    const outcome = judge(request, deps)
    if (outcome instanceof HttpRefusal) {
      endWithProblem(stream, outcome)
      return
    }
    sockets.handleUpgrade(request, stream, head, (socket) => {
      visitors.set(socket, outcome)
      sockets.emit('connection', socket, request)
    })
  }
  server.on('upgrade', upgrade)
  const stopListening = deps.signIns.onEnd((ended) => {
    for (const socket of sockets.clients) {
      const visitor = visitors.get(socket)
      if (visitor !== undefined && isOf(visitor, ended)) socket.close(signedOut, 'Signed out')
    }
  })

  return () => {
    clearInterval(heartbeat)
    stopListening()
    server.off('upgrade', upgrade)
    for (const socket of sockets.clients) socket.close(1001, 'The server stops')
    sockets.close()
  }
}

/** Name, page and sign-in first; the target is a stranger's until then. */
function judge(request: IncomingMessage, { admit, log }: RpcSocketDeps): Visitor | HttpRefusal {
  try {
    const visitor = admit(request)
    return isRpcTarget(request.url) ? visitor : noSuchSocket()
  } catch (error) {
    return toRefusal(error, log)
  }
}

const noSuchSocket = (): HttpRefusal =>
  new HttpRefusal(404, new AppError('NOT_FOUND', 'The only WebSocket here is at /rpc.'))

/** Compared as text: it need not be an address. */
function isRpcTarget(target: string | undefined): boolean {
  return target?.split('?', 1)[0] === '/rpc'
}

function readMessage(data: RawData, isBinary: boolean): string | Uint8Array {
  const joined = Array.isArray(data) ? Buffer.concat(data) : data
  const bytes = Buffer.isBuffer(joined) ? joined : Buffer.from(joined)
  return isBinary ? bytes : bytes.toString()
}
