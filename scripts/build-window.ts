import { spawnSync } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')

const readTime = (file: string): number => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0

/** What the build in `out` is made from. */
const sources = [
  'src/**/*.{ts,tsx,css,html}',
  'src/renderer/public/**/*',
  'electron.vite.config.ts',
  'package-lock.json',
]
/** Written last by each of the three builds. */
const products = ['out/main/index.js', 'out/preload/index.cjs', 'out/renderer/index.html']

/** True when a source is newer than what was built from it, or nothing was built. */
export function isWindowStale(): boolean {
  const builtAt = Math.min(...products.map(readTime))
  return builtAt === 0 || globSync(sources, { cwd: root }).some((file) => readTime(file) > builtAt)
}

/** Builds window and Electron host when sources have changed since. @throws when the build fails. */
export function buildWindow(): void {
  if (!isWindowStale()) return
  process.stderr.write('Building the window (once, until its sources change)\n')
  const cli = join(
    dirname(createRequire(import.meta.url).resolve('electron-vite/package.json')),
    'bin',
    'electron-vite.js',
  )
  const { status } = spawnSync(process.execPath, [cli, 'build', '--logLevel', 'warn'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) throw new Error('The window could not be built; the lines above say why.')
}
