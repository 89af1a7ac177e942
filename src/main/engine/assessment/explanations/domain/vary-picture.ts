import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'

/** One way to change a picture that should not change what it shows. */
export interface Variation {
  readonly kind: 'none' | 'zoom' | 'shift-x' | 'shift-y' | 'turn' | 'brightness' | 'mirror'
  /**
   * `zoom`: share of each side that is cut off; shifts: share of the side that the view moves; `turn`: degrees, clockwise;
   * `brightness`: factor of the sRGB values; 0 else.
   */
  readonly amount: number
}

/** The picture as it is first. */
export const variations: readonly Variation[] = [
  { kind: 'none', amount: 0 },
  ...[0.03, 0.06, 0.1].map((amount) => ({ kind: 'zoom', amount }) as const),
  ...[-0.06, 0.06].map((amount) => ({ kind: 'shift-x', amount }) as const),
  ...[-0.06, 0.06].map((amount) => ({ kind: 'shift-y', amount }) as const),
  ...[-15, -7, 7, 15].map((amount) => ({ kind: 'turn', amount }) as const),
  ...[0.6, 0.8, 1.25, 1.6].map((amount) => ({ kind: 'brightness', amount }) as const),
  { kind: 'mirror', amount: 0 },
]

/** Where a pixel of the changed picture is read in the picture, in pixels. */
function placeOf({ kind, amount }: Variation, { width, height }: RgbImage) {
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2]
  const angle = kind === 'turn' ? (-amount * Math.PI) / 180 : 0
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const scale = kind === 'zoom' ? 1 - 2 * amount : 1
  const moveX = kind === 'shift-x' ? amount * width : 0
  const moveY = kind === 'shift-y' ? amount * height : 0
  const flip = kind === 'mirror' ? -1 : 1
  return (x: number, y: number) => {
    const [dx, dy] = [(x - middleX) * scale * flip, (y - middleY) * scale]
    return { x: middleX + dx * cos - dy * sin + moveX, y: middleY + dx * sin + dy * cos + moveY }
  }
}

const clamp = (value: number, most: number): number => Math.min(most, Math.max(0, value))

/** The picture with one change, of the same size; between pixels it is bilinear, and beyond the edges the edges go on. */
export function varyPicture(picture: RgbImage, variation: Variation): RgbImage {
  const { width, height, data } = picture
  if (variation.kind === 'none') return picture
  if (variation.kind === 'brightness') {
    return { width, height, data: data.map((value) => clamp(Math.round(value * variation.amount), 255)) }
  }
  const read = placeOf(variation, picture)
  const changed = new Uint8Array(data.length)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const place = read(x, y)
      const [atX, atY] = [clamp(place.x, width - 1), clamp(place.y, height - 1)]
      const [left, top] = [Math.floor(atX), Math.floor(atY)]
      const [right, bottom] = [Math.min(width - 1, left + 1), Math.min(height - 1, top + 1)]
      const [across, down] = [atX - left, atY - top]
      for (let channel = 0; channel < 3; channel++) {
        const level = (column: number, row: number) => data[(row * width + column) * 3 + channel] ?? 0
        const above = level(left, top) * (1 - across) + level(right, top) * across
        const below = level(left, bottom) * (1 - across) + level(right, bottom) * across
        changed[(y * width + x) * 3 + channel] = Math.round(above * (1 - down) + below * down)
      }
    }
  }
  return { width, height, data: changed }
}
