import type { EngineEvent } from '#shared/contract/system.contract.ts'

/** Passes every event to every subscriber. */
export interface EventHub {
  publish(event: EngineEvent): void
  /** Yields events from the moment of the call, until the signal aborts or the hub closes. */
  subscribe(signal: AbortSignal): AsyncGenerator<EngineEvent, void, void>
  close(): void
}

/** Two events of one key may be merged for a slow reader: the newer says all that the older did. */
function mergeKey(event: EngineEvent): string {
  if (event.type === 'catalogueChanged') return event.type
  return [event.type, event.job.id, event.job.state, event.job.phase].join('|')
}

function merge(older: EngineEvent | undefined, newer: EngineEvent): EngineEvent {
  if (older?.type !== 'catalogueChanged' || newer.type !== 'catalogueChanged') return newer
  return { type: 'catalogueChanged', topics: [...new Set([...older.topics, ...newer.topics])] }
}

/** What one subscriber has not read yet; merging keeps it small however slow the reader is. */
class Mailbox {
  readonly #pending = new Map<string, EngineEvent>()
  #wake: (() => void) | null = null
  #isClosed = false

  add(event: EngineEvent): void {
    const key = mergeKey(event)
    const merged = merge(this.#pending.get(key), event)
    this.#pending.delete(key)
    this.#pending.set(key, merged)
    this.#wake?.()
  }

  /** The oldest unread event, or null once the mailbox is closed. */
  async take(): Promise<EngineEvent | null> {
    while (!this.#isClosed) {
      const [first] = this.#pending
      if (first !== undefined) {
        this.#pending.delete(first[0])
        return first[1]
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return null
  }

  close(): void {
    this.#isClosed = true
    this.#wake?.()
  }
}

export function createEventHub(): EventHub {
  const mailboxes = new Set<Mailbox>()

  async function* read(mailbox: Mailbox, signal: AbortSignal): AsyncGenerator<EngineEvent, void, void> {
    const close = (): void => mailbox.close()
    signal.addEventListener('abort', close, { once: true })
    if (signal.aborted) close()
    try {
      for (let event = await mailbox.take(); event !== null; event = await mailbox.take()) yield event
    } finally {
      mailboxes.delete(mailbox)
      signal.removeEventListener('abort', close)
    }
  }

  return {
    publish: (event) => {
      for (const mailbox of mailboxes) mailbox.add(event)
    },
    subscribe: (signal) => {
      // The mailbox is there before the first event is asked for, so that nothing in between is missed.
      const mailbox = new Mailbox()
      mailboxes.add(mailbox)
      return read(mailbox, signal)
    },
    close: () => {
      for (const mailbox of mailboxes) mailbox.close()
    },
  }
}
