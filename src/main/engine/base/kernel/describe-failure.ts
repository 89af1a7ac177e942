import { randomUUID } from 'node:crypto'
import { AppError, type ErrorCode, type ErrorDetails } from '#shared/contract/errors.ts'
import type { LogDetails, Logger } from './logger.ts'

export interface Failure {
  readonly code: ErrorCode
  readonly message: string
  readonly details: ErrorDetails
}

/** Full text of an error with its causes, for the log only. */
function unfold(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const own = error.stack ?? error.message
  return error.cause === undefined ? own : `${own}\nCaused by: ${unfold(error.cause)}`
}

/**
 * What may leave the process about an error: an AppError as it is, anything else as INTERNAL with a reference
 * under which the log holds the rest.
 */
export function describeFailure(error: unknown, logger: Logger, context: LogDetails): Failure {
  if (error instanceof AppError && error.code !== 'INTERNAL') {
    return { code: error.code, message: error.message, details: error.details }
  }
  const reference = randomUUID().slice(0, 8)
  logger.error('Unexpected failure', { ...context, reference, error: unfold(error) })
  const message =
    error instanceof AppError
      ? error.message
      : 'Something went wrong inside Evenhand. The log names the cause under the reference given here.'
  return { code: 'INTERNAL', message: `${message} (log reference ${reference})`, details: { reference } }
}
