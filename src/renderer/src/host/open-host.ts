import { AppError } from '#shared/contract/errors.ts'
import { createBrowserHost, signIn } from './browser-host.ts'
import { createElectronHost } from './electron-host.ts'
import type { Host } from './host.ts'

/** The host this window runs in. Throws an AppError that says what to do when the server does not know the window. */
export async function openHost(): Promise<Host> {
  if (window.evenhandDesktop !== undefined) return createElectronHost(window.evenhandDesktop)
  switch (await signIn()) {
    case 'granted':
    case 'unreachable':
      return createBrowserHost()
    case 'refused':
      throw new AppError(
        'PRECONDITION',
        'This window is not signed in. Open the address that Evenhand printed when it started; a new start prints a new one.',
      )
  }
}
