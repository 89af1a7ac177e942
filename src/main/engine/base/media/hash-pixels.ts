import { createHash } from 'node:crypto'
import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'

/**
 * SHA-256 of what an image shows: width and height as little-endian 32-bit integers, then the upright sRGB
 * pixels `[height, width, 3]`. Equal for two files that differ only in compression level or metadata.
 */
export function hashPixels({ width, height, data }: RgbImage): string {
  const header = new Uint8Array(8)
  const view = new DataView(header.buffer)
  view.setUint32(0, width, true)
  view.setUint32(4, height, true)
  return createHash('sha256').update(header).update(data).digest('hex')
}
