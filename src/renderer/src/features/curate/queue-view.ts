import type { Finding } from '#shared/contract/check.contract.ts'
import type { ReviewSession } from './review-session.ts'

/** One stop of a queue: an image, or a group of copies that is decided at once. */
export interface QueueEntry {
  readonly finding: Finding
  readonly groupId: number | null
}

/** A place in a queue that stays when the image in it has left: worst score first, then by image. */
export interface QueuePlace {
  readonly score: number
  readonly imageId: number
  /** Behind the image, which was decided or passed over. */
  readonly isPassed: boolean
}

export function placeAt({ finding }: QueueEntry): QueuePlace {
  return { score: finding.score, imageId: finding.tile.id, isPassed: false }
}

export function placeBehind(entry: QueueEntry): QueuePlace {
  return { ...placeAt(entry), isPassed: true }
}

export interface EntryRules {
  readonly session: ReviewSession
  /** Copies of one picture are one stop. */
  readonly isGrouped: boolean
  /** Whether what is decided stays in sight. */
  readonly withDecided: boolean
}

/** What a queue shows: what this window has decided counts as decided before the engine has answered. */
export function listEntries(
  findings: readonly Finding[],
  { session, isGrouped, withDecided }: EntryRules,
): QueueEntry[] {
  const groups = new Set<number>()
  return findings.flatMap((finding): QueueEntry[] => {
    const { id } = finding.tile
    const revision = Math.max(finding.revision, session.revisions.get(id) ?? 0)
    const isDecided = finding.isDecided || session.decided.get(id) === revision
    if (isDecided && !withDecided) return []
    const groupId = isGrouped ? finding.groupId : null
    if (groupId !== null) {
      if (groups.has(groupId)) return []
      groups.add(groupId)
    }
    return [{ finding: { ...finding, revision, isDecided }, groupId }]
  })
}

function isAfter(place: QueuePlace, other: QueuePlace): boolean {
  return place.score === other.score ? place.imageId > other.imageId : place.score > other.score
}

/** The index of the entry at a place, else of the next one behind it; null at the end, where the queue waits. */
export function locate(entries: readonly QueueEntry[], place: QueuePlace | null): number | null {
  if (entries.length === 0) return null
  if (place === null) return 0
  const here = place.isPassed ? -1 : entries.findIndex(({ finding }) => finding.tile.id === place.imageId)
  if (here >= 0) return here
  const next = entries.findIndex((entry) => isAfter(placeAt(entry), place))
  return next >= 0 ? next : null
}

/** Where a step leads, back from the end to the last entry; behind the last entry is the end. */
export function step(entries: readonly QueueEntry[], index: number | null, by: 1 | -1): QueuePlace | null {
  const last = entries.at(-1)
  if (last === undefined) return null
  const wanted = entries[Math.max(0, (index ?? entries.length) + by)]
  return wanted === undefined ? placeBehind(last) : placeAt(wanted)
}

/** All entries between two of them, both included: what a Shift-click selects. */
export function selectRange(entries: readonly QueueEntry[], from: number, to: number): number[] {
  return entries.slice(Math.min(from, to), Math.max(from, to) + 1).map(({ finding }) => finding.tile.id)
}
