import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { withUsersMask } from '#engine/base/kernel/file-modes.ts'

interface Browser {
  readonly path: string
  readonly name: string
}

const chromiumNames = [
  ['chromium', 'Chromium'],
  ['chromium-browser', 'Chromium'],
  ['google-chrome', 'Chrome'],
  ['google-chrome-stable', 'Chrome'],
  ['microsoft-edge', 'Edge'],
  ['microsoft-edge-stable', 'Edge'],
  ['brave-browser', 'Brave'],
  ['vivaldi', 'Vivaldi'],
] as const

const macApplications = [
  ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', 'Chrome'],
  ['/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge', 'Edge'],
  ['/Applications/Brave Browser.app/Contents/MacOS/Brave Browser', 'Brave'],
  ['/Applications/Chromium.app/Contents/MacOS/Chromium', 'Chromium'],
] as const

const windowsPrograms = [
  ['Google\\Chrome\\Application\\chrome.exe', 'Chrome'],
  ['Microsoft\\Edge\\Application\\msedge.exe', 'Edge'],
  ['BraveSoftware\\Brave-Browser\\Application\\brave.exe', 'Brave'],
] as const

type Env = Readonly<Record<string, string | undefined>>

export interface Surroundings {
  readonly platform: NodeJS.Platform
  readonly env: Env
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    // Absent or not executable: the question is answered either way.
    return false
  }
}

function candidates({ platform, env }: Surroundings): Browser[] {
  if (platform === 'darwin') return macApplications.map(([path, name]) => ({ path, name }))
  if (platform === 'win32') {
    const roots = [env['PROGRAMFILES'], env['PROGRAMFILES(X86)'], env['LOCALAPPDATA']]
    return windowsPrograms.flatMap(([path, name]) =>
      roots.flatMap((root) => (root === undefined ? [] : [{ path: join(root, path), name }])),
    )
  }
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  return chromiumNames.flatMap(([file, name]) =>
    folders.map((folder) => ({ path: join(folder, file), name })),
  )
}

/** A browser of Chromium's family, which can show a page as a window of its own, or null. */
export function findChromium(surroundings: Surroundings): Browser | null {
  return candidates(surroundings).find(({ path }) => isExecutable(path)) ?? null
}

function defaultOpener({ platform }: Surroundings, url: string): { path: string; args: string[] } {
  if (platform === 'darwin') return { path: 'open', args: [url] }
  if (platform === 'win32') return { path: 'rundll32', args: ['url.dll,FileProtocolHandler', url] }
  return { path: 'xdg-open', args: [url] }
}

function hasNoDisplay({ platform, env }: Surroundings): boolean {
  if (platform === 'darwin' || platform === 'win32') return false
  return [env['DISPLAY'], env['WAYLAND_DISPLAY']].every((one) => one === undefined || one === '')
}

/** Starts a program that outlives this one. Resolves to whether it started. */
function launch(path: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = withUsersMask(() => spawn(path, args, { detached: true, stdio: 'ignore' }))
    child.once('spawn', () => {
      child.unref()
      resolve(true)
    })
    child.on('error', () => resolve(false))
  })
}

export interface BrowserOutcome {
  readonly isOpened: boolean
  /** Where it was opened, or why not. */
  readonly line: string
}

/** Shows a page. @param url stands in the browser's command line, which every user of the machine can read. */
export async function openBrowser(
  url: string,
  surroundings: Surroundings = { platform: process.platform, env: process.env },
): Promise<BrowserOutcome> {
  if (hasNoDisplay(surroundings)) return { isOpened: false, line: 'There is no display here.' }
  const chromium = findChromium(surroundings)
  if (chromium !== null && (await launch(chromium.path, [`--app=${url}`]))) {
    return { isOpened: true, line: `Opened in ${chromium.name} as a window of its own.` }
  }
  const opener = defaultOpener(surroundings, url)
  if (await launch(opener.path, opener.args)) {
    return { isOpened: true, line: 'Opened in the default browser.' }
  }
  return { isOpened: false, line: 'No browser could be started.' }
}
