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
}

export function placeOf({ finding }: QueueEntry): QueuePlace {
  return { score: finding.score, imageId: finding.tile.id }
}

export interface EntryRules {
  readonly session: ReviewSession
  /** Copies of one picture are one stop. */
  readonly isGrouped: boolean
}

/** What is still to be decided: what this window has decided is gone before the engine has answered. */
export function listEntries(findings: readonly Finding[], { session, isGrouped }: EntryRules): QueueEntry[] {
  const groups = new Set<number>()
  return findings.flatMap((finding): QueueEntry[] => {
    const { id } = finding.tile
    const revision = Math.max(finding.revision, session.revisions.get(id) ?? 0)
    if (session.decided.get(id) === revision) return []
    const groupId = isGrouped ? finding.groupId : null
    if (groupId !== null) {
      if (groups.has(groupId)) return []
      groups.add(groupId)
    }
    return [{ finding: { ...finding, revision }, groupId }]
  })
}

function isAfter(place: QueuePlace, other: QueuePlace): boolean {
  return place.score === other.score ? place.imageId > other.imageId : place.score > other.score
}

/** The index of the entry at a place, else of the next one after it, else of the last; null where there is none. */
export function locate(entries: readonly QueueEntry[], place: QueuePlace | null): number | null {
  if (entries.length === 0) return null
  if (place === null) return 0
  const here = entries.findIndex(({ finding }) => finding.tile.id === place.imageId)
  if (here >= 0) return here
  const next = entries.findIndex((entry) => isAfter(placeOf(entry), place))
  return next >= 0 ? next : entries.length - 1
}

/** Where the view goes when the entries of these images leave: to the next one that stays, else to the one before. */
export function placeAfter(
  entries: readonly QueueEntry[],
  index: number,
  leaving: ReadonlySet<number>,
): QueuePlace | null {
  const stays = ({ finding }: QueueEntry) => !leaving.has(finding.tile.id)
  const next = entries.slice(index).find(stays) ?? entries.slice(0, index).findLast(stays)
  return next === undefined ? null : placeOf(next)
}

/** All entries between two of them, both included: what a Shift-click selects. */
export function selectRange(entries: readonly QueueEntry[], from: number, to: number): number[] {
  return entries.slice(Math.min(from, to), Math.max(from, to) + 1).map(({ finding }) => finding.tile.id)
}
