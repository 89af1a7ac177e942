/** Where the worker entries lie: TypeScript beside the sources in a checkout, JavaScript in a build. */
export interface WorkerLocator {
  readonly folder: URL
  readonly extension: '.ts' | '.js'
}

/** @param entryUrl `import.meta.url` of one of the three entries in `src/main` or `out/main`. */
export function locateWorkers(entryUrl: string): WorkerLocator {
  return entryUrl.endsWith('.ts')
    ? { folder: new URL('./engine/workers/', entryUrl), extension: '.ts' }
    : { folder: new URL('./workers/', entryUrl), extension: '.js' }
}

/** For a worker that starts others. @param workerEntryUrl `import.meta.url` of an entry in the same folder. */
export function locateSiblings(workerEntryUrl: string): WorkerLocator {
  return { folder: new URL('./', workerEntryUrl), extension: workerEntryUrl.endsWith('.ts') ? '.ts' : '.js' }
}

/** URL of the entry `<name>.worker`. */
export function workerUrl(locator: WorkerLocator, name: string): URL {
  return new URL(`${name}.worker${locator.extension}`, locator.folder)
}
