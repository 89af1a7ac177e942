import { AppError } from '#shared/contract/errors.ts'

/** True for what an aborted signal makes code throw: our CANCELLED, or the platform's AbortError. */
export function isCancellation(error: unknown): boolean {
  if (error instanceof AppError) return error.code === 'CANCELLED'
  return error instanceof Error && error.name === 'AbortError'
}
