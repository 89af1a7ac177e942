import { vi } from 'vitest'

/** The layout a browser would give: happy-dom lays nothing out. */
export function stubLayout(): void {
  vi.stubGlobal(
    'ResizeObserver',
    class {
      readonly #callback: ResizeObserverCallback
      constructor(callback: ResizeObserverCallback) {
        this.#callback = callback
      }
      observe(target: Element) {
        const contentRect = { width: 800, height: 600 } as DOMRectReadOnly
        const size = [{ inlineSize: 800, blockSize: 600 }]
        const entry = {
          target,
          contentRect,
          borderBoxSize: size,
          contentBoxSize: size,
          devicePixelContentBoxSize: size,
        }
        this.#callback([entry], this)
      }
      unobserve() {}
      disconnect() {}
    },
  )
  Object.defineProperty(document, 'fonts', { configurable: true, value: new EventTarget() })
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(600)
  vi.spyOn(HTMLElement.prototype, 'offsetWidth', 'get').mockReturnValue(800)
}
