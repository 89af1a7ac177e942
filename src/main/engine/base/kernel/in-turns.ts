import { setImmediate as yieldToEvents } from 'node:timers/promises'

/** Small enough that one transaction stays below 20 ms on the engine's thread. */
export const rowsPerTransaction = 500

/** Does short work again and again until it says that nothing is left; the thread is free in between. */
export async function repeatInTurns(doSome: () => boolean, signal?: AbortSignal): Promise<void> {
  while (doSome()) {
    signal?.throwIfAborted()
    await yieldToEvents()
  }
}

/** Does work on so many items at a time, from the first to the last; the thread is free in between. */
export async function batchInTurns(
  total: number,
  work: (batch: { readonly from: number; readonly to: number }) => void,
  { size = rowsPerTransaction, signal }: { readonly size?: number; readonly signal?: AbortSignal } = {},
): Promise<void> {
  for (let from = 0; from < total; from += size) {
    signal?.throwIfAborted()
    work({ from, to: Math.min(total, from + size) })
    await yieldToEvents()
  }
}

/**
 * Reads page after page in the order of the images' ids; the thread is free in between.
 * @param read gives the rows after an id, at most `limit` of them
 */
export async function* pageInTurns<Row extends { readonly imageId: number }>(
  read: (page: { readonly after: number; readonly limit: number }) => readonly Row[],
  { limit, signal }: { readonly limit: number; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<readonly Row[], void, void> {
  for (let after = 0; ;) {
    signal?.throwIfAborted()
    const page = read({ after, limit })
    yield page
    const last = page.at(-1)
    if (last === undefined || page.length < limit) return
    after = last.imageId
    await yieldToEvents()
  }
}
