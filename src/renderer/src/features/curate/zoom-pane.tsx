import { useRef } from 'react'
import type { Zoom } from './use-zoom.ts'
import styles from './zoom-pane.module.css'
import { moveView, wholeImage, zoomView, type ZoomView } from './zoom-view.ts'

export interface ZoomPaneProps {
  readonly zoom: Zoom
  readonly className: string | undefined
  readonly children: React.ReactNode
}

/** Pictures that the wheel and a drag zoom and move, about the pointer; a double click shows all of them again. */
export function ZoomPane({ zoom: { view, change }, className, children }: ZoomPaneProps) {
  const pane = useRef<HTMLDivElement>(null)
  const isZoomed = view.scale > 1
  const sizeOf = () => ({
    widthPx: pane.current?.clientWidth ?? 0,
    heightPx: pane.current?.clientHeight ?? 0,
  })
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- what the pointer does here a key does as well
    <div
      ref={pane}
      className={`${styles['pane']} ${className ?? ''}`}
      data-zoomed={isZoomed || undefined}
      style={zoomStyle(view)}
      onWheel={(event) => {
        // With Ctrl the wheel zooms the whole window.
        if (event.ctrlKey) return
        const box = event.currentTarget.getBoundingClientRect()
        const at = {
          xPx: event.clientX - box.left - box.width / 2,
          yPx: event.clientY - box.top - box.height / 2,
        }
        const factor = Math.exp(-event.deltaY / 500)
        change((before) => zoomView(before, factor, { at, pane: sizeOf() }))
      }}
      onDoubleClick={() => change(() => wholeImage)}
      onPointerDown={(event) => {
        if (isZoomed && event.button === 0) event.currentTarget.setPointerCapture(event.pointerId)
      }}
      onPointerMove={({ currentTarget, pointerId, movementX, movementY }) => {
        if (!currentTarget.hasPointerCapture(pointerId)) return
        change((before) => moveView(before, { xPx: movementX, yPx: movementY }, sizeOf()))
      }}
    >
      {children}
      {isZoomed && <output className={styles['factor']}>{view.scale.toFixed(1)}×</output>}
    </div>
  )
}

/** For pictures that are zoomed together. */
export function zoomStyle({ scale, xPx, yPx }: ZoomView): React.CSSProperties {
  return scale === 1 ? {} : { ['--ev-zoom' as string]: `translate(${xPx}px, ${yPx}px) scale(${scale})` }
}
