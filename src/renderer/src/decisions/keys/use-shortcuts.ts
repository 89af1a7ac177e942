import { useEffect, useEffectEvent } from 'react'
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

/**
 * Keys of the whole screen, wherever the focus is.
 * @param onChord Says whether it took the key; what it leaves goes on to the browser.
 */
export function useShortcuts(onChord: (chord: Chord) => boolean): void {
  const handle = useEffectEvent((event: KeyboardEvent) => {
    const chord = chordOf(event)
    if (chord === null || event.defaultPrevented || isTakenByFocus(event.target, chord)) return
    if (document.querySelector('[role=dialog][aria-modal=true]') !== null) return
    if (onChord(chord)) event.preventDefault()
  })
  useEffect(() => {
    const listen = (event: KeyboardEvent) => handle(event)
    globalThis.addEventListener('keydown', listen)
    return () => globalThis.removeEventListener('keydown', listen)
  }, [])
}
