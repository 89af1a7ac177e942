/** The closed list of failures that cross a process boundary, with the status each host gives them. */
export const errorTable = {
  INVALID_INPUT: { httpStatus: 400, exitCode: 2 },
  NOT_FOUND: { httpStatus: 404, exitCode: 3 },
  CONFLICT: { httpStatus: 409, exitCode: 4 },
  PRECONDITION: { httpStatus: 412, exitCode: 5 },
  CANCELLED: { httpStatus: 499, exitCode: 130 },
  UNAVAILABLE: { httpStatus: 503, exitCode: 69 },
  INTERNAL: { httpStatus: 500, exitCode: 70 },
} as const

export type ErrorCode = keyof typeof errorTable

export const errorCodes = Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]]

export type ErrorDetails = Readonly<Record<string, string | number | boolean | null>>

/**
 * A failure that the caller can act on. The message says what is wrong, where, and what to do;
 * anything that is not an `AppError` reaches the outside as INTERNAL with a log reference.
 */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
  }
}
