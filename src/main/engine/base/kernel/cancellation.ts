import { readFailure } from '#shared/contract/errors.ts'

/** True for what an aborted signal makes code throw: our CANCELLED, or the platform's AbortError. */
export const isCancellation = (error: unknown): boolean => readFailure(error)?.code === 'CANCELLED'
