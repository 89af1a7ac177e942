import { findMedian } from '#engine/base/kernel/quantiles.ts'
import { resizeGrey } from './resize-bicubic.ts'
import type { GreyImage } from '#engine/base/media/domain/rgb-image.ts'

const side = 32
const kept = 8

/** Cosines of the discrete cosine transform (type II): `[kept, side]`. */
const cosines = Float64Array.from({ length: kept * side }, (_, index) =>
  Math.cos((Math.PI * Math.floor(index / side) * (2 * (index % side) + 1)) / (2 * side)),
)

/** Its lowest frequencies: `[kept, kept]`, those down the picture first. */
function transformCosine(data: Uint8Array): Float64Array {
  const lowest = new Float64Array(kept * kept)
  const row = new Float64Array(side)
  for (let down = 0; down < kept; down++) {
    row.fill(0)
    for (let y = 0; y < side; y++) {
      const cosine = cosines[down * side + y] ?? 0
      for (let x = 0; x < side; x++) row[x]! += cosine * (data[y * side + x] ?? 0)
    }
    for (let across = 0; across < kept; across++) {
      let sum = 0
      for (let x = 0; x < side; x++) sum += (cosines[across * side + x] ?? 0) * (row[x] ?? 0)
      lowest[down * kept + across] = sum
    }
  }
  return lowest
}

/**
 * 64-bit perceptual hash (Zauner 2010): the picture at 32 x 32, its 8 x 8 lowest frequencies, each bit whether it lies
 * above their median; the constant one counts as the median does. Row by row, the first bit the highest.
 */
export function hashPerceptually(grey: GreyImage): bigint {
  const lowest = transformCosine(resizeGrey(grey, { width: side, height: side }).data)
  const median = findMedian(lowest)
  let hash = 0n
  for (const value of lowest) hash = (hash << 1n) | (value > median ? 1n : 0n)
  return hash
}

/** Side of the grey picture by which near duplicates are confirmed. */
const thumbSide = 16

/** `[16, 16]` grey levels. */
export const shrinkGrey = (grey: GreyImage): Uint8Array =>
  resizeGrey(grey, { width: thumbSide, height: thumbSide }).data
