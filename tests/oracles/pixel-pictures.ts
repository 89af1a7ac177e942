import { createRandom } from '#engine/base/kernel/random.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'

interface PictureSize {
  readonly width: number
  readonly height: number
  readonly kind: 'scene' | 'grain' | 'framed'
}

/** Small ones with every remainder of a loop's lanes, sides without neighbours, and some of several strips. */
export const pictureSizes: readonly PictureSize[] = [
  ...[1, 2, 3, 5, 8].flatMap((width) =>
    [1, 4, 9].map((height) => ({ width, height, kind: 'grain' }) as const),
  ),
  ...[16, 37, 66, 200].flatMap((width) =>
    (['scene', 'grain', 'framed'] as const).map((kind) => ({ width, height: 241 - width, kind })),
  ),
  { width: 701, height: 33, kind: 'scene' },
  { width: 640, height: 900, kind: 'scene' },
  { width: 900, height: 640, kind: 'framed' },
]

/** Made of whole numbers and one sine, so that every machine draws the same. */
export function drawPicture({ width, height, kind }: PictureSize): RgbImage {
  const random = createRandom(width * 1000 + height, [kind])
  const data = new Uint8Array(width * height * 3)
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let channel = 0; channel < 3; channel++, at++) {
        const wave = 60 * Math.sin(x / 17 + channel + Math.floor(y / 29)) + ((x * y) % 97) / 3
        const isFrame = kind === 'framed' && (y < 0.1 * height + 0.08 * x || x < 6)
        const level = isFrame ? 0 : 110 + wave + (kind === 'grain' ? 40 * random.float() : 0)
        data[at] = Math.max(0, Math.min(255, Math.round(level)))
      }
  return { width, height, data }
}
