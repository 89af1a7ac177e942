import { createOpenSlot } from '#engine/base/kernel/open-slot.ts'
import type { InferenceSession } from '#engine/base/runtime/inference-session.ts'

export interface LazySession {
  get(): Promise<InferenceSession>
  /** Gives the memory of a session back whose version has passed. */
  closeStale(): Promise<void>
  close(): Promise<void>
}

/** A session made on first use, and made anew once `version` has changed. */
export function createLazySession(
  open: () => Promise<InferenceSession>,
  version: () => number = () => 0,
): LazySession {
  const slot = createOpenSlot<number, InferenceSession>({ open, close: (session) => session.dispose() })
  return {
    get: () => slot.get(version()),
    closeStale: () => slot.closeOthers(version()),
    close: () => slot.close(),
  }
}
