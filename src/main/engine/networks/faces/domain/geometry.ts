/** Pixels of an upright picture, from its top left corner. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

export const areaOf = ({ width, height }: Box): number => Math.max(0, width) * Math.max(0, height)

/** Shared area over joint area. */
export function overlapOf(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)
  if (width <= 0 || height <= 0) return 0
  return (width * height) / (areaOf(a) + areaOf(b) - width * height)
}

/** The part of a box that lies within the picture. */
export function clipBox({ x, y, width, height }: Box, picture: { width: number; height: number }): Box {
  const left = Math.max(0, x)
  const top = Math.max(0, y)
  return {
    x: left,
    y: top,
    width: Math.max(0, Math.min(picture.width, x + width) - left),
    height: Math.max(0, Math.min(picture.height, y + height) - top),
  }
}

export const floorBox = ({ x, y, width, height }: Box): Box => ({
  x: Math.floor(x),
  y: Math.floor(y),
  width: Math.floor(width),
  height: Math.floor(height),
})

export function averagePoint(points: readonly Point[]): Point {
  const sum = points.reduce((total, { x, y }) => ({ x: total.x + x, y: total.y + y }), { x: 0, y: 0 })
  return { x: sum.x / points.length, y: sum.y / points.length }
}

export const distanceBetween = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y)

export const isMiddleWithin = ({ x, y, width, height }: Box, outer: Box): boolean => {
  const [across, down] = [x + width / 2 - outer.x, y + height / 2 - outer.y]
  return across >= 0 && across <= outer.width && down >= 0 && down <= outer.height
}
