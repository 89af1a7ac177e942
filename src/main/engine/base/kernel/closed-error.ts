import { AppError } from '#shared/contract/errors.ts'

/** Of what was at work when its project, or the program, was closed: nothing went wrong. */
export const createClosedError = (cause: unknown): AppError =>
  new AppError('CANCELLED', 'The project was closed while this was at work. Open it, then ask again.', {
    cause,
  })
