import {
  desktopOrigin,
  desktopScheme,
  enginePortMessage,
  type DesktopBridge,
} from '#shared/contract/desktop-bridge.ts'
import type { Host } from './host.ts'
import { createHttpMedia } from './http-media.ts'

declare global {
  interface Window {
    /** Put there by the preload script; absent in a browser. */
    readonly evenhandDesktop?: DesktopBridge<File>
  }
}

export function createElectronHost(bridge: DesktopBridge<File>): Host {
  return {
    kind: 'electron',
    transport: { kind: 'message-port', openPort: () => requestPort(bridge) },
    pickFolder: (options) => bridge.pickFolder(options),
    pickFile: (options) => bridge.pickFile(options),
    pathOfFile: (file) => bridge.pathOfFile(file),
    revealPath: (path) => bridge.revealPath(path),
    signIns: null,
    openExternal: (url) => bridge.openExternal(url),
    ...createHttpMedia(window.location.protocol === `${desktopScheme}:` ? '' : desktopOrigin),
  }
}

function requestPort(bridge: DesktopBridge<File>): Promise<MessagePort> {
  return new Promise((resolve) => {
    const receive = (event: MessageEvent) => {
      const [port] = event.ports
      if (event.source !== window || event.data !== enginePortMessage || port === undefined) return
      window.removeEventListener('message', receive)
      resolve(port)
    }
    window.addEventListener('message', receive)
    bridge.connectEngine()
  })
}
