import { resizeGrey } from './resize-bicubic.ts'
import type { GreyImage } from './pixel-image.ts'

const side = 32
const kept = 8

/** Cosines of the discrete cosine transform (type II): `[kept, side]`. */
const cosines = Array.from({ length: kept }, (_, frequency) =>
  Float64Array.from({ length: side }, (__, at) =>
    Math.cos((Math.PI * frequency * (2 * at + 1)) / (2 * side)),
  ),
)

/**
 * 64-bit perceptual hash (Zauner 2010): the picture at 32 x 32, its 8 x 8 lowest frequencies, each bit whether it lies
 * above their median; the constant one counts as the median does. Row by row, the first bit the highest.
 */
export function hashPerceptually(grey: GreyImage): bigint {
  const { data } = resizeGrey(grey, { width: side, height: side })
  const rows = cosines.map((cosine) =>
    Float64Array.from({ length: side }, (_, x) => {
      let sum = 0
      for (let y = 0; y < side; y++) sum += (cosine[y] ?? 0) * (data[y * side + x] ?? 0)
      return sum
    }),
  )
  const lowest = rows.flatMap((row) =>
    cosines.map((cosine) => {
      let sum = 0
      for (let x = 0; x < side; x++) sum += (cosine[x] ?? 0) * (row[x] ?? 0)
      return sum
    }),
  )
  const sorted = lowest.toSorted((a, b) => a - b)
  const median = ((sorted[31] ?? 0) + (sorted[32] ?? 0)) / 2
  let hash = 0n
  for (const value of lowest) hash = (hash << 1n) | (value > median ? 1n : 0n)
  return hash
}

/** Side of the grey picture by which near duplicates are confirmed. */
const thumbSide = 16

/** `[16, 16]` grey levels. */
export const shrinkGrey = (grey: GreyImage): Uint8Array =>
  resizeGrey(grey, { width: thumbSide, height: thumbSide }).data
