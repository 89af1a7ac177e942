import { AppError } from '#shared/contract/errors.ts'

export interface ChangedThing {
  /** How people find it: a file's path, or "Split 3". */
  readonly subject: string
  readonly expected: string
  readonly found: string
  /** What to do about it, as a sentence. */
  readonly advice: string
}

/** What is said of anything whose hash is no longer the one that was recorded. */
export const refuseChanged = ({ subject, expected, found, advice }: ChangedThing): AppError =>
  new AppError(
    'CONFLICT',
    `${subject} is not what was stored: its SHA-256 is ${found}, and ${expected} was recorded. ${advice}`,
    { details: { reason: 'CHANGED', subject, expected, found } },
  )

/** Throws CONFLICT where two hashes differ. */
export function assertUnchanged(thing: ChangedThing): void {
  if (thing.expected !== thing.found) throw refuseChanged(thing)
}
