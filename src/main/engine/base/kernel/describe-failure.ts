import { randomUUID } from 'node:crypto'
import { AppError, type Failure } from '#shared/contract/errors.ts'
import type { LogDetails, Logger } from './logger.ts'

/** Receives what must not leave the process, under the reference that does. */
export type FailureLog = (entry: { readonly reference: string; readonly error: unknown }) => void

/** Full text of an error with its causes, for the log only. */
export function unfoldError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const own = error.stack ?? error.message
  return error.cause === undefined ? own : `${own}\nCaused by: ${unfoldError(error.cause)}`
}

/** Logs what nobody foresaw. @returns what may be told of it. */
export function recordUnforeseen(error: unknown, log: FailureLog): Failure {
  const reference = randomUUID().slice(0, 8)
  log({ reference, error })
  const message =
    error instanceof AppError
      ? error.message
      : 'Something went wrong inside Evenhand. The log names the cause under the reference given here.'
  return { code: 'INTERNAL', message: `${message} (log reference ${reference})`, details: { reference } }
}

/**
 * What may leave the process about an error: an AppError as it is, anything else as INTERNAL with a reference
 * under which the log holds the rest.
 */
export function describeFailure(error: unknown, logger: Logger, context: LogDetails): Failure {
  if (error instanceof AppError && error.code !== 'INTERNAL') {
    return { code: error.code, message: error.message, details: error.details }
  }
  return recordUnforeseen(error, ({ reference }) =>
    logger.error('Unexpected failure', { ...context, reference, error: unfoldError(error) }),
  )
}
