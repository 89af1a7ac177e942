import { randomUUID } from 'node:crypto'
import { ORPCError } from '@orpc/client'
import { answerUncaught } from './answer-uncaught.ts'
import {
  AppError,
  errorCodes,
  errorTable,
  type ErrorCode,
  type ErrorDetails,
} from '#shared/contract/errors.ts'

/** Receives what must not leave the process, under the reference that does. */
export type ErrorLog = (entry: { reference: string; error: unknown }) => void

export const logErrorToStderr: ErrorLog = ({ reference, error }) => {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(`error ${reference}: ${text}\n`)
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && (errorCodes as readonly string[]).includes(code)
}

function readDetails(data: unknown): ErrorDetails {
  if (typeof data !== 'object' || data === null) return {}
  const scalars = Object.entries(data).filter(
    ([, value]) => value === null || ['string', 'number', 'boolean'].includes(typeof value),
  )
  return Object.fromEntries(scalars)
}

/** The issues of a failed input check as one sentence: "epochs: Too small; seed: Invalid input". */
function describeIssues(data: unknown): string | null {
  if (typeof data !== 'object' || data === null || !('issues' in data) || !Array.isArray(data.issues))
    return null
  const issues: readonly unknown[] = data.issues
  return issues.map(describeIssue).join('; ')
}

function describeIssue(issue: unknown): string {
  if (typeof issue !== 'object' || issue === null) return String(issue)
  const path = 'path' in issue && Array.isArray(issue.path) ? issue.path.map(String).join('.') : ''
  const message = 'message' in issue ? String(issue.message) : 'invalid'
  return path === '' ? message : `${path}: ${message}`
}

/** Logs what nobody foresaw. @returns what may be told of it. */
export function logUnforeseen(error: unknown, log: ErrorLog): AppError {
  const reference = randomUUID().slice(0, 8)
  log({ reference, error })
  return new AppError(
    'INTERNAL',
    `Something went wrong inside Evenhand; the log has it under ${reference}.`,
    { details: { reference }, cause: error },
  )
}

/** Any failure as one of the closed codes; what is not foreseen is logged and becomes INTERNAL with a reference. */
export function toAppError(error: unknown, log: ErrorLog = logErrorToStderr): AppError {
  if (error instanceof AppError) return error
  if (error instanceof ORPCError) {
    const code: unknown = error.code
    if (isErrorCode(code)) {
      return new AppError(code, error.message, { details: readDetails(error.data), cause: error })
    }
    if (code === 'BAD_REQUEST') {
      return new AppError('INVALID_INPUT', describeIssues(error.data) ?? error.message, { cause: error })
    }
  }
  if (error instanceof Error && error.name === 'AbortError') {
    return new AppError('CANCELLED', 'Cancelled.', { cause: error })
  }
  return logUnforeseen(error, log)
}

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
