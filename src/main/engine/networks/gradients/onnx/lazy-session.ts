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
  let opened: { version: number; session: Promise<InferenceSession> } | undefined
  const close = async (): Promise<void> => {
    const closing = opened
    opened = undefined
    await (await closing?.session)?.dispose()
  }
  const closeStale = async (): Promise<void> => {
    if (opened !== undefined && opened.version !== version()) await close()
  }
  return {
    close,
    closeStale,
    async get() {
      await closeStale()
      opened ??= { version: version(), session: open() }
      return opened.session
    },
  }
}
