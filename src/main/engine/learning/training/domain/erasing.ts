import type { Random } from '#engine/base/kernel/random.ts'
import { drawAspect, type Rectangle } from './crop-resized.ts'

const smallestArea = 0.02
const largestArea = 0.2
const widestAspect = 10 / 3

/**
 * The rectangle that one image loses, or null for the others: 2 to 20 % of the area, its aspect log-uniform from 0.3 to
 * 3.3, anywhere in the image (Zhong et al. 2020).
 */
export function drawErased(
  random: Random,
  { size, share }: { size: number; share: number },
): Rectangle | null {
  if (random.float() >= share) return null
  const area = size * size * (smallestArea + (largestArea - smallestArea) * random.float())
  const aspect = drawAspect(random, widestAspect)
  // The largest area at the widest aspect is 0.82 of the side, so every rectangle fits.
  const width = Math.max(1, Math.round(Math.sqrt(area * aspect)))
  const height = Math.max(1, Math.round(Math.sqrt(area / aspect)))
  return { left: random.int(0, size - width), top: random.int(0, size - height), width, height }
}

/** Random bytes in place of a part of a planar image `[3, size, size]`: the fill that did best in the paper. */
export function eraseWithNoise(
  image: Uint8Array,
  { part, size, random }: { part: Rectangle; size: number; random: Random },
): void {
  let [word, left] = [0, 0]
  for (let channel = 0; channel < 3; channel++) {
    for (let y = part.top; y < part.top + part.height; y++) {
      const row = (channel * size + y) * size
      for (let x = part.left; x < part.left + part.width; x++) {
        if (left === 0) {
          word = random.int(-0x80000000, 0x7fffffff)
          left = 4
        }
        image[row + x] = word & 255
        word >>>= 8
        left--
      }
    }
  }
}
