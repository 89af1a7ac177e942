import { createBrowserHost, followNewAddresses, signIn } from './browser-host.ts'
import { createElectronHost } from './electron-host.ts'
import type { Host } from './host.ts'

/** The host this window runs in; null when the server does not know the window and wants a sign-in. */
export async function openHost(): Promise<Host | null> {
  if (window.evenhandDesktop !== undefined) return createElectronHost(window.evenhandDesktop)
  followNewAddresses()
  // A server that does not answer is waited for by the connection.
  return (await signIn()) === 'refused' ? null : createBrowserHost()
}
