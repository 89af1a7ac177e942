import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { averagePoint, type Point } from '#engine/networks/faces/domain/geometry.ts'
import type { Mask } from './fill-polygon.ts'

/** Side of the square that a face is laid into to be measured, with the eyes' middles 113 pixels apart (ISO/IEC 29794-5). */
export const alignedSide = 616

/** Where the middles of the eyes, the tip of the nose and the corners of the mouth come to lie in it. */
const places: readonly Point[] = [
  { x: 251, y: 272 },
  { x: 364, y: 272 },
  { x: 308, y: 336 },
  { x: 262, y: 402 },
  { x: 355, y: 402 },
]

/** Turns and scales: (x, y) becomes (a x - b y + dx, b x + a y + dy). */
export interface Similarity {
  readonly a: number
  readonly b: number
  readonly dx: number
  readonly dy: number
}

/** The turn, scale and shift that lays some points on others best, by least squares (Umeyama 1991, without mirroring). */
export function fitSimilarity(from: readonly Point[], to: readonly Point[]): Similarity {
  const [origin, target] = [averagePoint(from), averagePoint(to)]
  let [along, across, size] = [0, 0, 0]
  from.forEach((point, index) => {
    const goal = to[index] ?? target
    const [x, y] = [point.x - origin.x, point.y - origin.y]
    const [u, v] = [goal.x - target.x, goal.y - target.y]
    along += x * u + y * v
    across += x * v - y * u
    size += x * x + y * y
  })
  const [a, b] = [along / size, across / size]
  return { a, b, dx: target.x - a * origin.x + b * origin.y, dy: target.y - b * origin.x - a * origin.y }
}

export const placePoint = ({ a, b, dx, dy }: Similarity, { x, y }: Point): Point => ({
  x: a * x - b * y + dx,
  y: b * x + a * y + dy,
})

/** The middles between the corners of both eyes, that on the left of the picture first. @param points the 68 landmarks */
export const findEyes = (points: readonly Point[]): readonly [Point, Point] => [
  averagePoint([points[36]!, points[39]!]),
  averagePoint([points[42]!, points[45]!]),
]

/** How a picture is turned and scaled to lay its face into the square. @param points the 68 landmarks */
export const alignByLandmarks = (points: readonly Point[]): Similarity =>
  fitSimilarity([...findEyes(points), points[30]!, points[48]!, points[54]!], places)

/**
 * Pixels of the square, each by linear interpolation between the four of the picture around it.
 * @param view Which pixels of the square; what lies outside of the picture leaves its mask.
 * @returns `[height, width, 3]` of the view, and its mask without what the picture does not show
 */
export function sampleAligned(
  { width, height, data }: RgbImage,
  { a, b, dx, dy }: Similarity,
  view: Mask,
): { readonly rgb: Uint8Array; readonly mask: Mask } {
  const size = a * a + b * b
  const rgb = new Uint8Array(view.width * view.height * 3)
  const inside = view.inside.slice()
  for (let row = 0, at = 0; row < view.height; row++) {
    for (let column = 0; column < view.width; column++, at++) {
      if (inside[at] === 0) continue
      const [u, v] = [view.left + column - dx, view.top + row - dy]
      const [x, y] = [(a * u + b * v) / size, (a * v - b * u) / size]
      if (x < 0 || y < 0 || x > width - 1 || y > height - 1) {
        inside[at] = 0
        continue
      }
      const [x0, y0] = [Math.floor(x), Math.floor(y)]
      const [right, down] = [x - x0, y - y0]
      const first = (y0 * width + x0) * 3
      const next = x0 + 1 < width ? 3 : 0
      const below = y0 + 1 < height ? width * 3 : 0
      for (let channel = 0; channel < 3; channel++) {
        const place = first + channel
        const upper = (data[place] ?? 0) * (1 - right) + (data[place + next] ?? 0) * right
        const lower = (data[place + below] ?? 0) * (1 - right) + (data[place + below + next] ?? 0) * right
        rgb[at * 3 + channel] = Math.round(upper * (1 - down) + lower * down)
      }
    }
  }
  return { rgb, mask: { ...view, inside } }
}
