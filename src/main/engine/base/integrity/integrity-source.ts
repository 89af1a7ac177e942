import type { IntegrityCheck } from '#shared/contract/integrity.contract.ts'
import type { ChangedThing } from './refuse-changed.ts'

export interface CheckContext {
  readonly signal: AbortSignal
  /** Sizes instead of contents, for what there is much of. */
  readonly isQuick: boolean
  readonly report: (done: number, total: number | null) => void
}

/** Goes through one part of what is stored; changes nothing. */
export type IntegritySource = (context: CheckContext) => AsyncIterable<IntegrityCheck>

/** What a hash says of a thing. */
export function describeHashCheck(
  kind: IntegrityCheck['kind'],
  { subject, expected, found, advice }: ChangedThing,
): IntegrityCheck {
  const holds = expected === found
  return { kind, subject, expected, found, holds, advice: holds ? null : advice }
}

/** A thing of which an older version recorded nothing. */
export const describeNotRecorded = (kind: IntegrityCheck['kind'], subject: string): IntegrityCheck => ({
  kind,
  subject,
  expected: null,
  found: null,
  holds: null,
  advice:
    'It was written by an older version, which recorded no hash of it, so that nothing can be said of it.',
})
