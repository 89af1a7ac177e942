import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export type FoundElectron = { readonly path: string } | { readonly reason: string }

/** Electron's executable if it lies on this machine already; asking never downloads anything. */
export function findElectron(
  from: string = import.meta.url,
  env: NodeJS.ProcessEnv = process.env,
): FoundElectron {
  const folder = findPackage(from)
  if (folder === null) return { reason: 'the electron package is not installed' }
  const override = env['ELECTRON_OVERRIDE_DIST_PATH']
  const pathFile = join(folder, 'path.txt')
  const executable = existsSync(pathFile) ? readFileSync(pathFile, 'utf8').trim() : null
  const path = join(override ?? join(folder, 'dist'), executable ?? defaultExecutable())
  if ((override === undefined && executable === null) || !existsSync(path)) {
    return { reason: 'the Electron program itself is not downloaded; "npx install-electron" fetches it' }
  }
  return { path }
}

function findPackage(from: string): string | null {
  try {
    return dirname(createRequire(from).resolve('electron/package.json'))
  } catch {
    // Not installed is an answer here, not a failure.
    return null
  }
}

function defaultExecutable(): string {
  switch (process.platform) {
    case 'darwin':
      return 'Electron.app/Contents/MacOS/Electron'
    case 'win32':
      return 'electron.exe'
    default:
      return 'electron'
  }
}
