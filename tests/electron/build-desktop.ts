import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { resolveConfig } from 'electron-vite'
import { build } from 'vite'

const root = resolve(import.meta.dirname, '../..')

/**
 * Builds main process and preload script as they ship, into a folder inside the checkout, so that the bundle
 * finds its packages; a page of one line takes the window's place.
 * @returns the folder with `main`, `preload` and `renderer`.
 */
export async function buildDesktop(): Promise<string> {
  const folder = join(root, 'node_modules/.cache/evenhand-desktop-test')
  const { config } = await resolveConfig({ root, logLevel: 'error' }, 'build', 'production')
  for (const part of ['main', 'preload'] as const) {
    const partConfig = config?.[part]
    if (partConfig === undefined) throw new Error(`electron.vite.config.ts has no ${part}`)
    const { externalizeDeps: _own, ...options } = partConfig.build ?? {}
    await build({
      ...partConfig,
      configFile: false,
      logLevel: 'error',
      build: { ...options, outDir: join(folder, part), emptyOutDir: true },
    })
  }
  mkdirSync(join(folder, 'renderer'), { recursive: true })
  writeFileSync(join(folder, 'renderer/index.html'), '<!doctype html><title>Evenhand</title>')
  return folder
}
