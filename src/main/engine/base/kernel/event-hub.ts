import type { EngineEvent } from '#shared/contract/system.contract.ts'

/** Passes every event to every subscriber. */
export interface EventHub {
  publish(event: EngineEvent): void
  /** Yields events from the moment of the call, until the signal aborts, the reader returns or the hub closes. */
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

/**
 * What one subscriber has not read yet; merging keeps it small however slow the reader is. No generator function: one
 * that was never asked for anything runs nothing when it is ended, and one that waits cannot be ended at all.
 */
class Subscription implements AsyncGenerator<EngineEvent, void, void> {
  readonly #pending = new Map<string, EngineEvent>()
  readonly #onEnd: () => void
  #waiting: (() => void)[] = []
  #hasEnded = false

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd
  }

  add(event: EngineEvent): void {
    const key = mergeKey(event)
    const merged = merge(this.#pending.get(key), event)
    this.#pending.delete(key)
    this.#pending.set(key, merged)
    this.#wake()
  }

  end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#pending.clear()
    this.#onEnd()
    this.#wake()
  }

  async next(): Promise<IteratorResult<EngineEvent, void>> {
    while (!this.#hasEnded) {
      const [oldest] = this.#pending
      if (oldest !== undefined) {
        const [key, value] = oldest
        this.#pending.delete(key)
        return { done: false, value }
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    return { done: true, value: undefined }
  }

  return(): Promise<IteratorResult<EngineEvent, void>> {
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  throw(error: unknown): Promise<IteratorResult<EngineEvent, void>> {
    this.end()
    return Promise.reject(error)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resume of waiting) resume()
  }
}

export function createEventHub(): EventHub {
  const subscriptions = new Set<Subscription>()
  let isClosed = false

  return {
    publish: (event) => {
      for (const subscription of subscriptions) subscription.add(event)
    },
    subscribe: (signal) => {
      const end = (): void => subscription.end()
      const subscription = new Subscription(() => {
        subscriptions.delete(subscription)
        signal.removeEventListener('abort', end)
      })
      // It listens before its first event is asked for, so that nothing in between is missed.
      subscriptions.add(subscription)
      signal.addEventListener('abort', end, { once: true })
      if (isClosed || signal.aborted) end()
      return subscription
    },
    close: () => {
      isClosed = true
      for (const subscription of subscriptions) subscription.end()
    },
  }
}
