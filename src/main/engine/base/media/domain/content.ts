import type { RgbImage } from './rgb-image.ts'

/** Perceived brightness in [0, 1] of a colour in 0-255 (Finley's weights, as cleanvision uses them). */
export const brightnessOf = (red: number, green: number, blue: number): number =>
  Math.sqrt(0.241 * red * red + 0.691 * green * green + 0.068 * blue * blue) / 255

/** Shannon entropy in bits of what was counted. */
export function entropyOf(counts: Uint32Array): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  let bits = 0
  for (const count of counts) if (count > 0) bits -= (count / total) * Math.log2(count / total)
  return bits
}

/** Range of brightness that, at a cut of 0.3, is just enough: 0.2 of all there is. */
const rangeFactor = 1.5
/** As cleanvision, whose cut of 0.3 is then one of 3 bits. */
const entropyFactor = 0.1

/**
 * How much a picture shows, in [0, 1], low where it is blank or nearly uniform.
 * @param entropy bits over the counts of all three channels together
 * @param brightnessRange from the 5th to the 95th percentile of brightness
 */
export function scoreContent(entropy: number, brightnessRange: number): number {
  return Math.min(1, Math.max(0, Math.min(entropy * entropyFactor, brightnessRange * rangeFactor)))
}

const brightnessBins = 1024
/** Along each side; more pixels than these change the measure by nothing that matters. */
const sampledSide = 256

/** The same by a grid of pixels, so that it costs next to nothing however large the picture is. */
export function measureContent({ width, height, data }: RgbImage): number {
  const colours = new Uint32Array(768)
  const lights = new Uint32Array(brightnessBins)
  const across = Math.min(width, sampledSide)
  const down = Math.min(height, sampledSide)
  for (let row = 0; row < down; row++) {
    const y = Math.floor(((row + 0.5) * height) / down)
    for (let column = 0; column < across; column++) {
      const at = 3 * (y * width + Math.floor(((column + 0.5) * width) / across))
      const [red, green, blue] = [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0]
      colours[red]! += 1
      colours[256 + green]! += 1
      colours[512 + blue]! += 1
      lights[Math.floor(brightnessOf(red, green, blue) * (brightnessBins - 1))]! += 1
    }
  }
  const pixels = across * down
  const range = findShare(lights, 0.95 * pixels) - findShare(lights, 0.05 * pixels)
  return scoreContent(entropyOf(colours), range / (brightnessBins - 1))
}

/** The bin in which the pixel of a rank lies. */
function findShare(counts: Uint32Array, rank: number): number {
  let bin = 0
  for (let seen = counts[0] ?? 0; seen <= rank && bin < counts.length - 1;) seen += counts[++bin] ?? 0
  return bin
}
