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
  const line = width * scale * 3
  const drawn = new Uint8Array(line * height * scale)
  for (let y = 0; y < height; y++) {
    const first = y * scale * line
    for (let x = 0; x < width; x++) {
      const from = y * width + x
      const value = values[from] ?? 0
      const share = largest > 0 ? (Math.abs(value) / largest) * strongest : 0
      const colour = value > 0 ? forColour : againstColour
      const red = data[from * 3] ?? 0
      const green = data[from * 3 + 1] ?? 0
      const blue = data[from * 3 + 2] ?? 0
      const grey = (0.2126 * red + 0.7152 * green + 0.0722 * blue) * (1 - share)
      for (let to = first + x * scale * 3; to < first + (x + 1) * scale * 3; to += 3) {
        drawn[to] = Math.round(grey + colour[0] * share)
        drawn[to + 1] = Math.round(grey + colour[1] * share)
        drawn[to + 2] = Math.round(grey + colour[2] * share)
      }
    }
    // The other rows of as many drawn pixels are the same.
    for (let again = 1; again < scale; again++) drawn.copyWithin(first + again * line, first, first + line)
  }
  return { width: width * scale, height: height * scale, data: drawn }
}
