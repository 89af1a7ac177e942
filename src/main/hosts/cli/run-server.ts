import { resolveUserDataFolder } from '#engine/base/kernel/paths.ts'
import { logErrorToStderr, logUnforeseen } from '../call-errors.ts'
import { openBrowser } from '../server/open-browser.ts'
import type { ServerOptions } from '../server/server-options.ts'
import { ServerRecords } from '../server/server-records.ts'
import type { RunningServer } from '../server/start-server.ts'
import type { CommandContext } from './command-context.ts'
import { openWindow } from './open-window.ts'

interface RunServerOptions {
  readonly options: ServerOptions
  readonly isToOpen: boolean
  /** Says where the server is, as soon as it is true. */
  readonly announce: (server: RunningServer, records: ServerRecords) => void
}

/** Serves until Ctrl-C; meanwhile the user's other commands find the server by its record. */
export async function runServer(
  context: CommandContext,
  { options, isToOpen, announce }: RunServerOptions,
): Promise<void> {
  const { startServer } = await import('../server/start-server.ts')
  const records = new ServerRecords(resolveUserDataFolder(context.io.env))
  const record = (server: RunningServer): Promise<void> =>
    records.write({ origin: server.origin, port: server.port, token: server.token, pid: process.pid })
  const server = await startServer({
    ...options,
    onNewToken: () => {
      record(server).catch((error: unknown) => void logUnforeseen(error, logErrorToStderr))
    },
  })
  try {
    // Those of servers that were killed.
    await records.list()
    await record(server)
    announce(server, records)
    if (isToOpen) {
      await openWindow({
        server,
        records,
        signal: context.signal,
        note: context.note.bind(context),
        openBrowser: (page) => openBrowser(page),
      })
    }
    await context.serveUntilStopped()
  } finally {
    await server.close()
    await records.remove(server.port)
  }
}
