import { ORPCError } from '@orpc/client'
import { answerUncaught } from './answer-uncaught.ts'
import { recordUnforeseen, unfoldError, type FailureLog } from '#engine/base/kernel/describe-failure.ts'
import {
  AppError,
  errorTable,
  readFailure,
  type ErrorCode,
  type ErrorDetails,
} from '#shared/contract/errors.ts'

export type ErrorLog = FailureLog

export const logErrorToStderr: ErrorLog = ({ reference, error }) => {
  process.stderr.write(`error ${reference}: ${unfoldError(error)}\n`)
}

/** Logs what nobody foresaw. @returns what may be told of it. */
export function logUnforeseen(error: unknown, log: ErrorLog): AppError {
  const { code, message, details } = recordUnforeseen(error, log)
  return new AppError(code, message, { details, cause: error })
}

/** Any failure as one of the closed codes; what is not foreseen is logged and becomes INTERNAL with a reference. */
export const toAppError = (error: unknown, log: ErrorLog = logErrorToStderr): AppError =>
  readFailure(error) ?? logUnforeseen(error, log)

/** An error in the form that every transport carries with its code and data. */
export function toCallError(
  error: unknown,
  log: ErrorLog = logErrorToStderr,
): ORPCError<ErrorCode, ErrorDetails> {
  const { code, message, details } = toAppError(error, log)
  return new ORPCError(code, { status: errorTable[code].httpStatus, message, data: details })
}

/** Interceptor for a transport's handler or an in-process client. */
export function mapCallErrors(log: ErrorLog = logErrorToStderr) {
  return async <Result>(options: { next: () => Promise<Result> }): Promise<Result> => {
    try {
      return await answerUncaught(() => options.next())
    } catch (error) {
      throw toCallError(error, log)
    }
  }
}
