import { planTaps, resample, roundToBytes, triangle } from '#engine/base/media/domain/resample.ts'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'

/** Names the resize in cache files and exported models; a change of the arithmetic needs a new name. */
export const preprocessingVersion = 'rgb-triangle-1'

/**
 * The one way an image becomes a network's input, for training, evaluation, parity and prediction: the whole
 * image drawn into a square, antialiased bilinear (triangle filter with half-pixel centres, as Pillow's
 * BILINEAR), without keeping the aspect.
 * @returns `[3, size, size]` planar, 0-255.
 */
export function resizeToPlanar({ width, height, data }: RgbImage, size: number): Uint8Array<ArrayBuffer> {
  const plane = size * size
  const planar = new Uint8Array(3 * plane)
  const taps = { across: planTaps(width, size, triangle), down: planTaps(height, size, triangle) }
  resample({ width, height, data }, { ...taps, between: 'float32' }, (row, y) => {
    roundToBytes(row)
    for (let x = 0, read = 0; x < size; x++) {
      const write = y * size + x
      planar[write] = row[read++] ?? 0
      planar[plane + write] = row[read++] ?? 0
      planar[2 * plane + write] = row[read++] ?? 0
    }
  })
  return planar
}
