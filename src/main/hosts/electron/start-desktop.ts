import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { app, BrowserWindow, dialog, protocol, session } from 'electron'
import type { Engine } from '#engine/engine.ts'
import { desktopScheme } from '#shared/contract/desktop-bridge.ts'
import type { AppError } from '#shared/contract/errors.ts'
import { logErrorToStderr, logUnforeseen } from '../call-errors.ts'
import { installLastResort } from '../last-resort.ts'
import { createLocalClient } from '../local-client.ts'
import { guardStandardStreams } from '../standard-streams.ts'
import { locateWindow } from '../window-folder.ts'
import { setAppMenu } from './app-menu.ts'
import { createAppProtocol } from './app-protocol.ts'
import { openAppWindow } from './app-window.ts'
import { offerEnginePort } from './engine-port.ts'
import { handleNativeCalls } from './native-calls.ts'
import { lockEveryPage, secureSession } from './secure-session.ts'

interface DesktopOptions {
  /** `import.meta.url` of the entry in `out/main`. */
  readonly entryUrl: string
  readonly createEngine: (userDataFolder: string) => Promise<Engine>
}

/** Runs Evenhand as a desktop program: one instance, one engine, one locked-down window. */
export function startDesktop({ entryUrl, createEngine }: DesktopOptions): void {
  if (!app.requestSingleInstanceLock()) {
    app.quit()
    return
  }
  guardStandardStreams()
  installLastResort({ log: logErrorToStderr, end: endAfterFailure, servesAlways: true })
  // Both must happen before the program is ready.
  app.enableSandbox()
  protocol.registerSchemesAsPrivileged([
    {
      scheme: desktopScheme,
      privileges: {
        standard: true,
        secure: true,
        supportFetchAPI: true,
        corsEnabled: true,
        stream: true,
        codeCache: true,
      },
    },
  ])
  const developmentUrl = app.isPackaged ? null : (process.env['ELECTRON_RENDERER_URL'] ?? null)
  lockEveryPage(developmentUrl)
  app
    .whenReady()
    .then(() => run({ entryUrl, createEngine, developmentUrl }))
    .catch((error: unknown) => {
      dialog.showErrorBox('Evenhand could not start', error instanceof Error ? error.message : String(error))
      app.exit(70)
    })
}

async function run(options: DesktopOptions & { developmentUrl: string | null }): Promise<void> {
  const { entryUrl, developmentUrl } = options
  const engine = await options.createEngine(app.getPath('userData'))
  disposeAtQuit(engine)
  secureSession(session.defaultSession, developmentUrl)
  protocol.handle(
    desktopScheme,
    createAppProtocol({ engine, windowFolder: locateWindow(entryUrl), developmentUrl }),
  )
  offerEnginePort({ router: engine.router, developmentUrl, log: logErrorToStderr })
  handleNativeCalls({ client: createLocalClient(engine.router), developmentUrl })
  setAppMenu(developmentUrl !== null)

  const preloadFile = join(dirname(fileURLToPath(entryUrl)), '../preload/index.cjs')
  await openAppWindow({ preloadFile, developmentUrl })
  app.on('second-instance', focusWindow)
  app.on('window-all-closed', () => app.quit())
}

let isEnding = false

/** Failures follow each other too fast to go on: says so once and quits, which closes the catalogue. */
function endAfterFailure({ message }: AppError): void {
  if (isEnding) return
  isEnding = true
  dialog.showErrorBox('Evenhand must close', `${message} Jobs can be resumed after the next start.`)
  app.quit()
}

function focusWindow(): void {
  const [window] = BrowserWindow.getAllWindows()
  if (window === undefined) return
  if (window.isMinimized()) window.restore()
  window.focus()
}

/** Jobs stop at their next checkpoint and the catalogue closes before the process ends. */
function disposeAtQuit(engine: Engine): void {
  let isDisposed = false
  app.on('will-quit', (event) => {
    if (isDisposed) return
    event.preventDefault()
    engine
      .dispose()
      // The process ends either way; what the engine could not close is closed with it.
      .catch((error: unknown) => void logUnforeseen(error, logErrorToStderr))
      .finally(() => {
        isDisposed = true
        app.quit()
      })
  })
}
