/** How a picture is shown: so many times its size in the pane, moved from its middle. */
export interface ZoomView {
  readonly scale: number
  readonly xPx: number
  readonly yPx: number
}

export interface PaneSize {
  readonly widthPx: number
  readonly heightPx: number
}

export const wholeImage: ZoomView = { scale: 1, xPx: 0, yPx: 0 }
const largestScale = 8

const clamp = (value: number, bound: number): number => Math.max(-bound, Math.min(bound, value))

/** As far as the pane's edges allow, so that the picture never leaves it. */
export function moveView(
  { scale, xPx, yPx }: ZoomView,
  by: { readonly xPx: number; readonly yPx: number },
  pane: PaneSize,
): ZoomView {
  return {
    scale,
    xPx: clamp(xPx + by.xPx, ((scale - 1) * pane.widthPx) / 2),
    yPx: clamp(yPx + by.yPx, ((scale - 1) * pane.heightPx) / 2),
  }
}

/** @param at the point that stays where it is, from the middle of the pane */
export function zoomView(
  view: ZoomView,
  factor: number,
  { at, pane }: { readonly at: { readonly xPx: number; readonly yPx: number }; readonly pane: PaneSize },
): ZoomView {
  const scale = Math.max(1, Math.min(largestScale, view.scale * factor))
  const grown = scale / view.scale
  const moved = {
    scale,
    xPx: at.xPx - (at.xPx - view.xPx) * grown,
    yPx: at.yPx - (at.yPx - view.yPx) * grown,
  }
  return moveView(moved, { xPx: 0, yPx: 0 }, pane)
}

/** Whole, twice, four times, whole. */
export const nextZoom = ({ scale }: ZoomView): ZoomView => ({
  ...wholeImage,
  scale: scale < 2 ? 2 : scale < 4 ? 4 : 1,
})
