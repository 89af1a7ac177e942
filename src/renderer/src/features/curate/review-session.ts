import type { SeenImage } from '#renderer/decisions/decision-order.ts'

/**
 * What this window has decided and the engine's lists may not show yet. Nothing is ever cleaned up: an image counts as
 * decided only at the revision it was decided at, so a later change, whoever made it, brings it back by itself.
 */
export interface ReviewSession {
  /** The revision at which an image was decided here. */
  readonly decided: ReadonlyMap<number, number>
  /** Revisions that are newer than what the lists say. */
  readonly revisions: ReadonlyMap<number, number>
}

export const newSession: ReviewSession = { decided: new Map(), revisions: new Map() }

export type SessionEvent =
  | { readonly type: 'decided'; readonly images: readonly SeenImage[] }
  /** The engine refused; the images stand at these revisions. */
  | { readonly type: 'refused'; readonly images: readonly SeenImage[] }
  /** An undo changed the images: they stand at these revisions and are open again. */
  | { readonly type: 'reopened'; readonly images: readonly SeenImage[] }

export function reviewReducer(session: ReviewSession, event: SessionEvent): ReviewSession {
  const decided = new Map(session.decided)
  const revisions = new Map(session.revisions)
  for (const { imageId, revision } of event.images) {
    if (event.type === 'decided') {
      decided.set(imageId, revision)
    } else {
      decided.delete(imageId)
      revisions.set(imageId, Math.max(revision, revisions.get(imageId) ?? 0))
    }
  }
  return { decided, revisions }
}
