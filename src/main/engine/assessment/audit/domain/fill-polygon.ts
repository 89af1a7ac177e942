import type { Point } from '#engine/networks/faces/domain/geometry.ts'

/** Pixels of a square from `left`, `top`; what lies inside is 1. */
export interface Mask {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
  /** `[height, width]` */
  readonly inside: Uint8Array
}

/** The corners of the smallest convex polygon around some points (Andrew 1979), in turn. */
export function findHull(points: readonly Point[]): Point[] {
  const sorted = points.toSorted((a, b) => a.x - b.x || a.y - b.y)
  const turn = (o: Point, a: Point, b: Point): number => (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x)
  const halfHull = (ordered: readonly Point[]): Point[] => {
    const chain: Point[] = []
    for (const point of ordered) {
      while (chain.length > 1 && turn(chain.at(-2)!, chain.at(-1)!, point) <= 0) chain.pop()
      chain.push(point)
    }
    return chain.slice(0, -1)
  }
  return [...halfHull(sorted), ...halfHull(sorted.toReversed())]
}

/**
 * The pixels whose middles lie in a polygon, by the even-odd rule; pixel (x, y) has its middle at (x, y).
 * @param side Nothing outside `[0, side)` is filled.
 */
export function fillPolygon(corners: readonly Point[], side: number): Mask {
  const within = (value: number): number => Math.min(side, Math.max(0, value))
  const xs = corners.map(({ x }) => x)
  const ys = corners.map(({ y }) => y)
  const [left, top] = [within(Math.ceil(Math.min(...xs))), within(Math.ceil(Math.min(...ys)))]
  const width = Math.max(0, within(Math.floor(Math.max(...xs)) + 1) - left)
  const height = Math.max(0, within(Math.floor(Math.max(...ys)) + 1) - top)
  const inside = new Uint8Array(width * height)
  for (let row = 0; row < height; row++) {
    const y = top + row
    const crossings = corners
      .flatMap((from, index) => {
        const to = corners[(index + 1) % corners.length] ?? from
        // Half open, so that a corner between two edges is crossed once.
        return from.y <= y === to.y <= y ? [] : [from.x + ((y - from.y) / (to.y - from.y)) * (to.x - from.x)]
      })
      .sort((a, b) => a - b)
    for (let at = 0; at + 1 < crossings.length; at += 2) {
      const begin = Math.max(0, Math.ceil(crossings[at]!) - left)
      const end = Math.min(width, Math.floor(crossings[at + 1]!) + 1 - left)
      if (end > begin) inside.fill(1, row * width + begin, row * width + end)
    }
  }
  return { left, top, width, height, inside }
}
