import { createSecret, type AccessSecrets } from './access.ts'
import { createApp } from './create-app.ts'
import { AppError } from '#shared/contract/errors.ts'
import { defaultServerHost, defaultServerPort, type ServerOptions } from './server-options.ts'

export interface RunningServer {
  /** Without the token: what other programs use. */
  readonly origin: string
  /** Opens the window; holds the token, so keep it out of logs. */
  readonly url: string
  readonly token: string
  /** What the socket is bound to. */
  readonly address: string
  readonly port: number
  /** Lets requests under way finish, closes sockets, frees the port. The engine stays with its owner. */
  close(): Promise<void>
}

const closeGraceMs = 5_000

export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const host = options.host ?? defaultServerHost
  const port = options.port ?? defaultServerPort
  const secrets: AccessSecrets = {
    token: createSecret(),
    session: createSecret(),
    // A cookie is shared by all ports of a machine; the random name keeps two servers apart.
    cookieName: `evenhand-${createSecret().slice(0, 12)}`,
    apiKey: options.apiKey ?? null,
  }
  const { app, closeSockets } = await createApp(options, secrets)
  try {
    await app.listen({ host, port })
  } catch (error) {
    await app.close()
    throw explainListenError(error, host, port)
  }
  const address = app.server.address()
  const bound = typeof address === 'string' || address === null ? { address: host, port } : address
  const origin = `http://${browserHost(host)}:${bound.port}`
  return {
    origin,
    url: `${origin}/#token=${secrets.token}`,
    token: secrets.token,
    address: bound.address,
    port: bound.port,
    close: async () => {
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
