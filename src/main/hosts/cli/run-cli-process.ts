import { resolveUserDataFolder } from '#engine/base/kernel/paths.ts'
import { readVersion } from '#engine/base/runtime/version.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'
import { locateWindow } from '../window-folder.ts'
import { runCli } from './run-cli.ts'

/**
 * The command line as a process: its streams, its signals, its exit code.
 * @param entryUrl `import.meta.url` of the entry, which tells where workers and window lie.
 */
export async function runCliProcess(
  entryUrl: string,
  argv: readonly string[] = process.argv.slice(2),
): Promise<number> {
  const controller = new AbortController()
  const interrupt = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      process.off('SIGINT', interrupt)
      process.off('SIGTERM', interrupt)
      // By the signal itself: `process.exit` waits for worker threads and aborts inside ONNX Runtime's step.
      process.kill(process.pid, signal)
      return
    }
    process.stderr.write('\nStopping at the next safe point; press Ctrl-C again to stop at once.\n')
    controller.abort()
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  // A reader that has seen enough (`| head`) closes the pipe; that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  try {
    return await runCli({
      argv,
      io: {
        stdout: process.stdout,
        stderr: process.stderr,
        workingFolder: findWorkingFolder(process.env),
        env: process.env,
      },
      signal: controller.signal,
      version: readVersion(),
      windowFolder: locateWindow(entryUrl),
      openEngine: async () => {
        // Loaded when a command needs it: help and usage errors answer at once.
        const { createEngine } = await import('#engine/create-engine.ts')
        return createEngine({
          host: argv[0] === 'serve' ? 'server' : 'cli',
          userDataFolder: resolveUserDataFolder(process.env),
          workers: locateWorkers(entryUrl),
        })
      },
    })
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}

/** `npm run` starts scripts in the package's folder and tells where the user was; relative paths mean the latter. */
function findWorkingFolder({ npm_lifecycle_event: script, INIT_CWD: folder }: NodeJS.ProcessEnv): string {
  return script === 'evenhand' && folder !== undefined ? folder : process.cwd()
}
