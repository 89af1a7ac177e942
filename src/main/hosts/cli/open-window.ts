import { logErrorToStderr, logUnforeseen } from '../call-errors.ts'
import type { BrowserOutcome } from '../server/open-browser.ts'
import type { ServerRecords } from '../server/server-records.ts'
import type { RunningServer } from '../server/start-server.ts'

interface OpenWindowDeps {
  readonly server: Pick<RunningServer, 'origin' | 'port' | 'offerSignIn'>
  readonly records: Pick<ServerRecords, 'writeSignInPage' | 'removeSignInPage'>
  /** Aborted when the server is to stop. */
  readonly signal: AbortSignal
  readonly note: (text: string) => void
  readonly openBrowser: (page: string) => Promise<BrowserOutcome>
}

/** Long enough for a browser to start on a slow machine. */
const patienceMs = 20_000

/**
 * Hands a browser a code by a file that its user alone can read, and says what to do when none uses it: a browser in a
 * sandbox of its own, as Ubuntu's, may not read the file.
 */
export async function openWindow(deps: OpenWindowDeps): Promise<void> {
  const { server, records, signal, note, openBrowser } = deps
  const byFile = server.offerSignIn()
  const byHand = server.offerSignIn()
  const timer = setTimeout(() => {
    note(`No browser has shown the window so far. Open this address in one: ${byHand.url}`)
  }, patienceMs)
  const settle = (): void => clearTimeout(timer)
  signal.addEventListener('abort', settle, { once: true })
  void byHand.used.then(settle)
  byFile.used
    .then(() => {
      settle()
      return records.removeSignInPage(server.port)
    })
    .catch((error: unknown) => void logUnforeseen(error, logErrorToStderr))
  const outcome = await openBrowser(await records.writeSignInPage(server, byFile.code))
  if (outcome.isOpened) {
    note(outcome.line)
    return
  }
  settle()
  note(`${outcome.line} Open this address in a browser: ${byHand.url}`)
}
