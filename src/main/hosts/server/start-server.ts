import { AppError } from '#shared/contract/errors.ts'
import { createApp } from './create-app.ts'
import { nameWindow } from './session-routes.ts'
import { SignIns } from './sign-ins.ts'
import { defaultServerHost, defaultServerPort, type ServerOptions } from './server-options.ts'

export interface RunningServer {
  /** What other programs use; no secret is in it. */
  readonly origin: string
  /** Of now: renewing makes another. */
  readonly token: string
  /** What the socket is bound to. */
  readonly address: string
  readonly port: number
  /** An address that signs one browser in, once and for a short time. */
  offerSignIn(): SignInOffer
  /** Lets requests under way finish, closes sockets, frees the port. The engine stays with its owner. */
  close(): Promise<void>
}

export interface SignInOffer {
  readonly url: string
  readonly code: string
  /** Resolves once a browser has used it. */
  readonly used: Promise<void>
}

const closeGraceMs = 5_000
const sweepMs = 60_000

export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const host = options.host ?? defaultServerHost
  const port = options.port ?? defaultServerPort
  const signIns = new SignIns({ now: options.now ?? Date.now })
  let bound = { address: host, port }
  const origin = (): string => `http://${browserHost(host)}:${bound.port}`
  // A cookie is shared by all ports of a machine; the name keeps two servers apart, and a restarted one from piling them up.
  const cookieName = (): string => `evenhand-${bound.port}`
  const { app, closeSockets } = await createApp(options, { signIns, cookieName, origin })
  try {
    await app.listen({ host, port })
  } catch (error) {
    await app.close()
    throw explainListenError(error, host, port)
  }
  const address = app.server.address()
  if (typeof address !== 'string' && address !== null) bound = address
  signIns.onEnd((ended) => {
    if (ended === 'token') options.onNewToken?.()
  })
  const sweeping = setInterval(() => signIns.sweep(), sweepMs)
  sweeping.unref()
  return {
    origin: origin(),
    get token() {
      return signIns.token
    },
    address: bound.address,
    port: bound.port,
    offerSignIn: () => {
      const { promise: used, resolve } = Promise.withResolvers<void>()
      const { code } = signIns.issueCode(resolve)
      return { code, url: nameWindow(origin(), code), used }
    },
    close: async () => {
      clearInterval(sweeping)
      closeSockets()
      // A request that takes longer than this is cut.
      const deadline = setTimeout(() => app.server.closeAllConnections(), closeGraceMs)
      await app.close()
      clearTimeout(deadline)
    },
  }
}

/** An address a browser on this machine can open: a wildcard is not one, and IPv6 wants brackets. */
function browserHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

function explainListenError(error: unknown, host: string, port: number): AppError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'EADDRINUSE':
      return new AppError(
        'CONFLICT',
        `Port ${port} of ${host} is taken, perhaps by another Evenhand. Stop that program, or choose another port with --port N (--port 0 picks a free one).`,
        { cause: error },
      )
    case 'EACCES':
      return new AppError(
        'PRECONDITION',
        `Port ${port} needs more rights; choose one above 1023 with --port N.`,
        {
          cause: error,
        },
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new AppError(
        'INVALID_INPUT',
        `${host} is not an address of this machine; leave --host out for 127.0.0.1.`,
        {
          cause: error,
        },
      )
    default:
      return new AppError('UNAVAILABLE', `The server could not listen on ${host}:${port}.`, { cause: error })
  }
}
