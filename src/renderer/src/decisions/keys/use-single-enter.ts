import { useEffect } from 'react'

/** Where a held Enter writes lines. */
const writing = 'textarea, [contenteditable=true]'

/** A held Enter presses once: it would press what takes the focus after it, or the same button for the next image. */
export function useSingleEnter(): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const { target } = event
      const isWriting = target instanceof Element && target.closest(writing) !== null
      if (event.repeat && event.key === 'Enter' && !isWriting) event.preventDefault()
    }
    globalThis.addEventListener('keydown', listen, { capture: true })
    return () => globalThis.removeEventListener('keydown', listen, { capture: true })
  }, [])
}
