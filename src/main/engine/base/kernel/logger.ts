import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino'

export type LogDetails = Readonly<Record<string, unknown>>

export interface Logger {
  debug(message: string, details?: LogDetails): void
  info(message: string, details?: LogDetails): void
  warn(message: string, details?: LogDetails): void
  error(message: string, details?: LogDetails): void
}

const rotateAboveBytes = 5 * 1024 * 1024
const secrets = ['token', 'key', 'apiKey', 'password', 'secret', 'authorization', 'cookie']

function rotate(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (size > rotateAboveBytes) renameSync(file, `${file}.1`)
}

const stderrSink: DestinationStream = { write: (line) => void process.stderr.write(line) }

/**
 * Opens the file for each line: a log is small, the line before a crash is the one that matters, and nothing is
 * left to close. A line that cannot be written goes to the terminal, since a full disk must not end the engine.
 */
const openFileSink = (file: string): DestinationStream => ({
  write: (line) => {
    try {
      appendFileSync(file, line)
    } catch {
      stderrSink.write(line)
    }
  },
})

function wrap(logger: PinoLogger): Logger {
  return {
    debug: (message, details = {}) => logger.debug(details, message),
    info: (message, details = {}) => logger.info(details, message),
    warn: (message, details = {}) => logger.warn(details, message),
    error: (message, details = {}) => logger.error(details, message),
  }
}

/** Keeps one earlier file; values under a secret's name are cut out at any of the first two levels. */
export function createLogger(target: { readonly folder: string } | { readonly stderr: true }): Logger {
  const options = {
    level: 'info',
    base: { pid: process.pid },
    redact: secrets.flatMap((name) => [name, `*.${name}`]),
  }
  if ('stderr' in target) return wrap(pino({ ...options, level: 'warn' }, stderrSink))
  const file = join(target.folder, 'evenhand.log')
  try {
    mkdirSync(target.folder, { recursive: true })
    rotate(file)
    return wrap(pino(options, openFileSink(file)))
  } catch (error) {
    const logger = createLogger({ stderr: true })
    logger.warn('No log file can be written, so the log goes to the terminal', { file, cause: String(error) })
    return logger
  }
}
