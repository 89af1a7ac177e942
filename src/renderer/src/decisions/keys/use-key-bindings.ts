import { useMemo, useSyncExternalStore } from 'react'
import { defaultBindings, parseBindings, writeBindings, type KeyBindings } from './key-bindings.ts'

const storageKey = 'evenhand.curate.keys'
const listeners = new Set<() => void>()

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  // Other windows of this user write the same key.
  globalThis.addEventListener('storage', listener)
  return () => {
    listeners.delete(listener)
    globalThis.removeEventListener('storage', listener)
  }
}

const readStored = () => localStorage.getItem(storageKey)

/** The keys of this user on this machine. */
export function useKeyBindings(): {
  readonly bindings: KeyBindings
  readonly setBindings: (bindings: KeyBindings) => void
  readonly reset: () => void
} {
  const text = useSyncExternalStore(subscribe, readStored)
  const bindings = useMemo(() => parseBindings(text), [text])
  const setBindings = (next: KeyBindings) => {
    localStorage.setItem(storageKey, writeBindings(next))
    for (const listener of listeners) listener()
  }
  return { bindings, setBindings, reset: () => setBindings(defaultBindings) }
}
