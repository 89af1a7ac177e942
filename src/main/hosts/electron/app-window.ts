import { BrowserWindow, nativeTheme } from 'electron'
import { desktopOrigin } from '#shared/contract/desktop-bridge.ts'

interface AppWindowOptions {
  readonly preloadFile: string
  readonly developmentUrl: string | null
}

export async function openAppWindow({
  preloadFile,
  developmentUrl,
}: AppWindowOptions): Promise<BrowserWindow> {
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 960,
    minHeight: 600,
    show: false,
    title: 'Evenhand',
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#1a1b1e' : '#ffffff',
    webPreferences: {
      preload: preloadFile,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      // Chromium would fetch dictionaries from the network.
      spellcheck: false,
      devTools: developmentUrl !== null,
    },
  })
  window.once('ready-to-show', () => window.show())
  await window.loadURL(developmentUrl ?? `${desktopOrigin}/`)
  return window
}
