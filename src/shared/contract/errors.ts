import * as z from 'zod'

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

export const errorDetails = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
export type ErrorDetails = Readonly<z.infer<typeof errorDetails>>

/** A failure as data, as it crosses between threads, processes and machines. */
export const failure = z.object({ code: z.enum(errorCodes), message: z.string(), details: errorDetails })
export type Failure = Readonly<z.infer<typeof failure>>

/** A person reads it; what files and calls hold stands in some messages, and may be as long as they are. */
export const longestMessage = 8_000

/**
 * A failure that the caller can act on. The message says what is wrong, where, and what to do;
 * anything that is not an `AppError` reaches the outside as INTERNAL with a log reference.
 */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, options: { details?: ErrorDetails; cause?: unknown } = {}) {
    const told = message.length > longestMessage ? `${message.slice(0, longestMessage)}...` : message
    super(told, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
  }
}

/** What a failed call carries over every transport; BAD_REQUEST is oRPC's own, for what it could not read at all. */
const wireError = z.object({
  code: z.enum([...errorCodes, 'BAD_REQUEST']),
  message: z.string(),
  data: errorDetails.catch({}),
})

/** A failure that somebody foresaw, be it thrown here, carried over a wire or an aborted signal's; null for any other. */
export function readFailure(error: unknown): AppError | null {
  if (error instanceof AppError) return error
  if (!(error instanceof Error)) return null
  if (error.name === 'AbortError')
    return new AppError('CANCELLED', 'The call was cancelled.', { cause: error })
  const carried = wireError.safeParse(error)
  if (!carried.success) return null
  const { code, message, data } = carried.data
  return new AppError(code === 'BAD_REQUEST' ? 'INVALID_INPUT' : code, message, {
    details: data,
    cause: error,
  })
}
