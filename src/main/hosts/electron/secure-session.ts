import { app, shell, type Session, type WebContents } from 'electron'
import { logErrorToStderr, logUnforeseen } from '../call-errors.ts'
import { isAllowedExternal, isOwnAddress } from './trusted-frame.ts'

/** No permission is ever granted, and the window reaches nothing but ourselves. */
export function secureSession(session: Session, developmentUrl: string | null): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false))
  session.setPermissionCheckHandler(() => false)
  session.setDevicePermissionHandler(() => false)
  // Earlier versions let the window keep thumbnails for a year.
  session.clearCache().catch((error: unknown) => void logUnforeseen(error, logErrorToStderr))
  session.webRequest.onBeforeRequest(({ url }, answer) =>
    answer({ cancel: !isLocalRequest(url, developmentUrl) }),
  )
}

function isLocalRequest(address: string, developmentUrl: string | null): boolean {
  const protocol = URL.parse(address)?.protocol ?? ''
  if (['data:', 'blob:', 'devtools:'].includes(protocol)) return true
  if (isOwnAddress(address, developmentUrl)) return true
  // The development server's reload socket has its host under another scheme.
  return developmentUrl !== null && isOwnAddress(address.replace(/^ws:/, 'http:'), developmentUrl)
}

/** Every page that ever comes to be stays where it is and opens nothing. */
export function lockEveryPage(developmentUrl: string | null): void {
  app.on('web-contents-created', (_event, contents) => lockPage(contents, developmentUrl))
}

function lockPage(contents: WebContents, developmentUrl: string | null): void {
  contents.on('will-navigate', (event) => {
    if (!isOwnAddress(event.url, developmentUrl)) event.preventDefault()
  })
  contents.on('will-redirect', (event) => event.preventDefault())
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    if (isAllowedExternal(url))
      shell.openExternal(url).catch((error: unknown) => void logUnforeseen(error, logErrorToStderr))
    return { action: 'deny' }
  })
}
