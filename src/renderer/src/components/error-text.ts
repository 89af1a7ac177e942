import { ORPCError } from '@orpc/client'
import { toAppError } from '#renderer/engine/client.ts'
import { AppError, type ErrorCode } from '#shared/contract/errors.ts'

export interface ErrorText {
  readonly title: string
  readonly message: string
  /** Folded by default: what a person would paste into a report. */
  readonly details: string
}

const titles: Readonly<Record<ErrorCode, string>> = {
  INVALID_INPUT: 'This input cannot be used',
  NOT_FOUND: 'Not found',
  CONFLICT: 'Something else is in the way',
  PRECONDITION: 'A step is missing before this one',
  CANCELLED: 'Cancelled',
  UNAVAILABLE: 'Not available right now',
  INTERNAL: 'Something went wrong inside Evenhand',
}

/** What a failure says to a person; errors of the engine keep their own message. */
export function describeError(error: unknown): ErrorText {
  const known = toAppError(error)
  if (error instanceof ORPCError || error instanceof AppError) {
    const details = { code: known.code, ...known.details }
    return { title: titles[known.code], message: known.message, details: JSON.stringify(details, null, 2) }
  }
  const stack = error instanceof Error ? error.stack : undefined
  return {
    title: 'Something went wrong in the window',
    message: known.message,
    details: stack ?? known.message,
  }
}
