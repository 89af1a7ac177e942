import type { RgbImage } from '#engine/base/media/domain/rgb-image.ts'

/** Blue speaks against, orange for: apart for all kinds of colour vision (Okabe & Ito 2008). */
export const forColour = [213, 94, 0] as const
export const againstColour = [0, 114, 178] as const
const strongest = 0.75

/**
 * A picture in grey with a map over it: orange where a region speaks for what is explained, blue where against, the stronger the
 * more it counts beside the largest.
 * @param values `[height, width]` of the picture, and drawn `scale` times as large
 */
export function drawOverlay(
  { width, height, data }: RgbImage,
  values: Float64Array,
  scale: number,
): RgbImage {
  let largest = 0
  for (const value of values) largest = Math.max(largest, Math.abs(value))
  const drawn = new Uint8Array(width * height * scale * scale * 3)
  for (let y = 0; y < height * scale; y++) {
    for (let x = 0; x < width * scale; x++) {
      const from = Math.floor(y / scale) * width + Math.floor(x / scale)
      const value = values[from] ?? 0
      const share = largest > 0 ? (Math.abs(value) / largest) * strongest : 0
      const colour = value > 0 ? forColour : againstColour
      const [red, green, blue] = [data[from * 3] ?? 0, data[from * 3 + 1] ?? 0, data[from * 3 + 2] ?? 0]
      const grey = 0.2126 * red + 0.7152 * green + 0.0722 * blue
      const to = (y * width * scale + x) * 3
      for (let channel = 0; channel < 3; channel++)
        drawn[to + channel] = Math.round(grey * (1 - share) + (colour[channel] ?? 0) * share)
    }
  }
  return { width: width * scale, height: height * scale, data: drawn }
}
