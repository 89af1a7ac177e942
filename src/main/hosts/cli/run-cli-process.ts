import { setImmediate } from 'node:timers/promises'
import { resolveUserDataFolder } from '#engine/base/kernel/paths.ts'
import { mapSystemError } from '#engine/base/kernel/system-error.ts'
import { readVersion } from '#engine/base/runtime/version.ts'
import { locateWorkers } from '#engine/base/threads/worker-locator.ts'
import { errorTable } from '#shared/contract/errors.ts'
import { locateWindow } from '../window-folder.ts'
import { logErrorToStderr, toAppError } from '../call-errors.ts'
import { installLastResort } from '../last-resort.ts'
import { guardStandardStreams } from '../standard-streams.ts'
import { runCli } from './run-cli.ts'

/** How long a command may take to stop after a failure that nobody caught. */
const lastGraceMs = 60_000

/**
 * The command line as a process: its streams, its signals, its exit code.
 * @param entryUrl `import.meta.url` of the entry, which tells where workers and window lie.
 */
export async function runCliProcess(entryUrl: string, argv: readonly string[]): Promise<number> {
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
  const streams = guardStandardStreams()
  const lastResort = installLastResort({
    log: logErrorToStderr,
    end: ({ code, message }) => {
      process.exitCode ??= errorTable[code].exitCode
      process.stderr.write(`${message}\n`)
      controller.abort()
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), lastGraceMs).unref()
    },
  })
  try {
    const exitCode = await runCli({
      argv,
      io: {
        stdout: process.stdout,
        stderr: process.stderr,
        workingFolder: findWorkingFolder(process.env),
        env: process.env,
      },
      signal: controller.signal,
      keepServing: (work) => lastResort.keepServing(work),
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
    // A stream tells of a failed write only after the write.
    await setImmediate()
    return process.exitCode === undefined
      ? exitCode || reportLostOutput(streams.lost())
      : Number(process.exitCode)
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}

/** @returns the exit code of a result that did not reach its reader. */
function reportLostOutput(lost: Error | null): number {
  if (lost === null) return 0
  const { code, message } = toAppError(mapSystemError(lost, { action: 'write', path: 'the result' }))
  process.stderr.write(`${message}\n`)
  return errorTable[code].exitCode
}

/** `npm run` starts scripts in the package's folder and tells where the user was; relative paths mean the latter. */
function findWorkingFolder({ npm_lifecycle_event: script, INIT_CWD: folder }: NodeJS.ProcessEnv): string {
  return script === 'evenhand' && folder !== undefined ? folder : process.cwd()
}
