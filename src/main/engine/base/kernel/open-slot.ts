/**
 * One thing that is open at a time: opened when first asked for, closed when another is, or for good. For users that take
 * turns, as the tasks of one thread do: whoever asks for another closes what a former still uses.
 */
export interface OpenSlot<Key, Value> {
  /** What was opened for this key; whatever was open for another is closed first. */
  get(key: Key): Promise<Value>
  /** Closes what is open for another key, to give its memory back. */
  closeOthers(key: Key): Promise<void>
  close(): Promise<void>
}

interface OpenSlotDeps<Key, Value> {
  readonly open: (key: Key) => Promise<Value>
  readonly close: (value: Value) => Promise<void>
  /** Whether two keys mean the same; by default whether they are equal. */
  readonly isSame?: (a: Key, b: Key) => boolean
}

export function createOpenSlot<Key, Value>(deps: OpenSlotDeps<Key, Value>): OpenSlot<Key, Value> {
  const { open, close: closeValue, isSame = Object.is } = deps
  let held: { readonly key: Key; readonly opening: Promise<Value> } | null = null

  const close = async (): Promise<void> => {
    const closing = held
    held = null
    if (closing === null) return
    // What could not be opened was told to those who asked for it, and there is nothing to close.
    const outcome = await closing.opening.then(
      (value) => ({ value }),
      () => null,
    )
    if (outcome !== null) await closeValue(outcome.value)
  }
  return {
    async get(key) {
      // Another may have been opened while the former was being closed.
      while (held === null || !isSame(held.key, key)) {
        if (held === null) held = { key, opening: open(key) }
        else await close()
      }
      const mine = held
      try {
        return await mine.opening
      } catch (error) {
        if (held === mine) held = null
        throw error
      }
    },
    async closeOthers(key) {
      if (held !== null && !isSame(held.key, key)) await close()
    },
    close,
  }
}
