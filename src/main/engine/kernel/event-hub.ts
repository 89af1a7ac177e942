import type { EngineEvent } from '#shared/contract/system.contract.ts'

/** Passes every event to every subscriber. */
export interface EventHub {
  publish(event: EngineEvent): void
  /** Yields events from the moment of the call, until the signal aborts or the hub closes. */
  subscribe(signal: AbortSignal): AsyncGenerator<EngineEvent, void, void>
  close(): void
}

interface Mailbox {
  add(event: EngineEvent): void
  wake(): void
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

export function createEventHub(): EventHub {
  const mailboxes = new Set<Mailbox>()
  let isClosed = false

  // The mailbox exists before the first `next`, so that nothing is missed in between.
  const subscribe = (signal: AbortSignal): AsyncGenerator<EngineEvent, void, void> => {
    const pending = new Map<string, EngineEvent>()
    let wake = (): void => undefined
    const mailbox: Mailbox = {
      add: (event) => {
        const key = mergeKey(event)
        const older = pending.get(key)
        pending.delete(key)
        pending.set(key, merge(older, event))
        wake()
      },
      wake: () => wake(),
    }
    const stop = (): void => {
      mailboxes.delete(mailbox)
      wake()
    }
    mailboxes.add(mailbox)
    signal.addEventListener('abort', stop, { once: true })

    async function* read(): AsyncGenerator<EngineEvent, void, void> {
      try {
        while (!signal.aborted && !isClosed) {
          const [first] = pending
          if (first !== undefined) {
            pending.delete(first[0])
            yield first[1]
          } else {
            await new Promise<void>((resolve) => {
              wake = resolve
            })
          }
        }
      } finally {
        mailboxes.delete(mailbox)
        signal.removeEventListener('abort', stop)
      }
    }
    return read()
  }

  return {
    publish: (event) => {
      for (const mailbox of mailboxes) mailbox.add(event)
    },
    subscribe,
    close: () => {
      isClosed = true
      for (const mailbox of mailboxes) mailbox.wake()
    },
  }
}
