import * as z from 'zod'
import { errorCodes, errorDetails, errorTable, type AppError } from '#shared/contract/errors.ts'

/** RFC 9457 problem details, with Evenhand's own code and the facts behind the message. */
export const problemDetails = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(errorCodes),
  data: errorDetails,
})
export type ProblemDetails = z.infer<typeof problemDetails>

export const problemContentType = 'application/problem+json'

const titles = {
  INVALID_INPUT: 'Invalid input',
  NOT_FOUND: 'Not found',
  CONFLICT: 'Conflict',
  PRECONDITION: 'Precondition failed',
  CANCELLED: 'Cancelled',
  UNAVAILABLE: 'Unavailable',
  INTERNAL: 'Internal error',
} as const satisfies Record<AppError['code'], string>

/** @param status overrides the code's own status, for the finer ones of HTTP (401, 403, 413, 429). */
export function toProblem(
  error: AppError,
  status: number = errorTable[error.code].httpStatus,
): ProblemDetails {
  return {
    type: `urn:evenhand:error:${error.code}`,
    title: titles[error.code],
    status,
    detail: error.message,
    code: error.code,
    data: { ...error.details },
  }
}
