import { globSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where the worker entries lie: beside what they serve in a checkout, in one folder in a build. */
export interface WorkerLocator {
  /** URL of the entry `<name>.worker`. */
  locate(name: string): URL
}

const engineFolder = new URL('../../', import.meta.url)
let sources: ReadonlyMap<string, URL> | undefined

/** The folders are the list, so that a new entry needs no line here. */
function listSources(): ReadonlyMap<string, URL> {
  sources ??= new Map(
    globSync('**/*.worker.ts', { cwd: fileURLToPath(engineFolder) }).map((file) => [
      basename(file, '.worker.ts'),
      new URL(file.replaceAll('\\', '/'), engineFolder),
    ]),
  )
  return sources
}

function locateSource(name: string): URL {
  const url = listSources().get(name)
  if (url === undefined) throw new Error(`There is no worker entry ${name}.worker.ts in the engine`)
  return url
}

/**
 * @param entryUrl `import.meta.url` of one of the three entries in `src/main` or `out/main`, or of a worker's entry
 *   that starts others.
 */
export function locateWorkers(entryUrl: string): WorkerLocator {
  if (entryUrl.endsWith('.ts')) return { locate: locateSource }
  const folder = new URL(entryUrl.endsWith('.worker.js') ? './' : './workers/', entryUrl)
  return { locate: (name) => new URL(`${name}.worker.js`, folder) }
}
