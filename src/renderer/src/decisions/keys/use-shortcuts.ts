import { useEffect, useEffectEvent, useRef } from 'react'
import { chordOf, type Chord } from './chord.ts'

const typing =
  'input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true], [role=slider]'
const floating = '[role=dialog], [role=menu]'

/** Keys that the element in focus uses itself stay with it. */
function isTakenByFocus(target: EventTarget | null, chord: Chord): boolean {
  if (!(target instanceof Element)) return false
  if (target.closest(typing) !== null || target.closest(floating) !== null) return true
  return (chord === 'space' || chord === 'enter') && target.closest('button, a, summary, input') !== null
}

/** Chords that go on while their key is held. */
const never: ReadonlySet<Chord> = new Set()

/**
 * Keys of the whole screen, wherever the focus is. A key that is held counts once, so that nobody decides what they have
 * not seen; only `held` goes on.
 * @param onChord Says whether it took the key; what it leaves goes on to the browser.
 */
export function useShortcuts(
  onChord: (chord: Chord) => boolean,
  held: ReadonlySet<Chord | null> = never,
): void {
  const taken = useRef<Chord | null>(null)
  const handle = useEffectEvent((event: KeyboardEvent) => {
    const chord = chordOf(event)
    if (chord === null || event.defaultPrevented || isTakenByFocus(event.target, chord)) return
    if (document.querySelector('[role=dialog][aria-modal=true]') !== null) return
    if (event.repeat && !held.has(chord)) {
      if (taken.current === chord) event.preventDefault()
      return
    }
    taken.current = onChord(chord) ? chord : null
    if (taken.current !== null) event.preventDefault()
  })
  useEffect(() => {
    const listen = (event: KeyboardEvent) => handle(event)
    globalThis.addEventListener('keydown', listen)
    return () => globalThis.removeEventListener('keydown', listen)
  }, [])
}
