import { fileURLToPath } from 'node:url'

/**
 * Where `electron-vite build` puts the window: beside `out/main` in a build, under the root in a checkout.
 * @param entryUrl `import.meta.url` of one of the three entries.
 */
export function locateWindow(entryUrl: string): string {
  return fileURLToPath(new URL(entryUrl.endsWith('.ts') ? '../../out/renderer' : '../renderer', entryUrl))
}
