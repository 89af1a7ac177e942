import { useState } from 'react'
import { nextZoom, wholeImage, type ZoomView } from './zoom-view.ts'

export interface Zoom {
  readonly view: ZoomView
  readonly change: (next: (before: ZoomView) => ZoomView) => void
  readonly zoomIn: () => void
}

/** How the image in view is zoomed; the next one is shown whole again. */
export function useZoom(imageId: number | null): Zoom {
  const [kept, setKept] = useState({ imageId, view: wholeImage })
  const viewOf = (one: typeof kept) => (one.imageId === imageId ? one.view : wholeImage)
  const change: Zoom['change'] = (next) => setKept((before) => ({ imageId, view: next(viewOf(before)) }))
  return { view: viewOf(kept), change, zoomIn: () => change(nextZoom) }
}
