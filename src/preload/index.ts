import { contextBridge, ipcRenderer, webUtils } from 'electron'
import {
  desktopChannels,
  desktopOrigin,
  enginePortMessage,
  type DesktopBridge,
} from '../shared/contract/desktop-bridge.ts'

const bridge: DesktopBridge<File> = {
  connectEngine: () => ipcRenderer.send(desktopChannels.connectEngine),
  pickFolder: (options) => ipcRenderer.invoke(desktopChannels.pickFolder, options),
  pickFile: (options) => ipcRenderer.invoke(desktopChannels.pickFile, options),
  pathOfFile: (file) => webUtils.getPathForFile(file),
  revealPath: (path) => ipcRenderer.invoke(desktopChannels.revealPath, path),
  openExternal: (url) => ipcRenderer.invoke(desktopChannels.openExternal, url),
}

contextBridge.exposeInMainWorld('evenhandDesktop', bridge)

// A port cannot pass the context bridge, so it goes to the page as a transferred window message.
ipcRenderer.on(desktopChannels.enginePort, (event) => {
  if (window.location.origin !== desktopOrigin && !isDevelopmentPage()) return
  window.postMessage(enginePortMessage, window.location.origin, [...event.ports])
})

/** `electron-vite dev` serves the window from this machine; a packaged window never has an http origin. */
function isDevelopmentPage(): boolean {
  return window.location.protocol === 'http:' && window.location.hostname === 'localhost'
}
