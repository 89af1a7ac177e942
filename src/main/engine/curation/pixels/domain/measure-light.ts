import { brightnessOf, entropyOf } from '#engine/base/media/domain/content.ts'
import type { GreyImage, RgbImage } from '#engine/base/media/domain/rgb-image.ts'

/** The terms of the square of `brightnessOf`, by level. */
const termsOf = (weight: number): Float64Array =>
  Float64Array.from({ length: 256 }, (_, level) => weight * level * level)
const redTerms = termsOf(0.241)
const greenTerms = termsOf(0.691)
const blueTerms = termsOf(0.068)

const shares = [0.01, 0.05, 0.1, 0.15, 0.9, 0.95, 0.99] as const
/** By their squares: the brightest of all falls into the last. */
const bins = 8192
const binsPerSquare = (bins - 1) / (255 * 255)

/** Squares of brightness, each only where it is asked for: most of them nobody needs. */
interface LightRanks {
  /** Of each pixel. */
  readonly binOf: Uint16Array
  /** Of pixels in each bin. */
  readonly counts: Uint32Array
  readonly squareAt: (pixel: number) => number
}

/** Values of these ranks by counting, so that only the few values around each need sorting. */
function pickRanks({ binOf, counts, squareAt }: LightRanks, ranks: readonly number[]): number[] {
  const wanted = ranks.map((rank) => {
    let bin = 0
    let before = 0
    while (bin < bins - 1 && before + (counts[bin] ?? 0) <= rank) before += counts[bin++] ?? 0
    return { bin, within: rank - before }
  })
  const members = new Map<number, number[]>(wanted.map(({ bin }) => [bin, []]))
  const isWanted = new Uint8Array(bins)
  for (const bin of members.keys()) isWanted[bin] = 1
  for (let at = 0; at < binOf.length; at++) {
    const bin = binOf[at] ?? 0
    if (isWanted[bin] === 1) members.get(bin)?.push(squareAt(at))
  }
  for (const some of members.values()) some.sort((one, other) => one - other)
  return wanted.map(({ bin, within }) => members.get(bin)?.[within] ?? 0)
}

/** Names and meanings as in cleanvision, so that figures can be compared. Percentiles by linear interpolation. */
export function measureBrightness({ data }: RgbImage) {
  const pixels = data.length / 3
  const binOf = new Uint16Array(pixels)
  const counts = new Uint32Array(bins)
  let red = 0
  let green = 0
  let blue = 0
  for (let at = 0, read = 0; at < pixels; at++, read += 3) {
    const r = data[read] ?? 0
    const g = data[read + 1] ?? 0
    const b = data[read + 2] ?? 0
    const square = (redTerms[r] ?? 0) + (greenTerms[g] ?? 0) + (blueTerms[b] ?? 0)
    const bin = (square * binsPerSquare) | 0
    binOf[at] = bin
    counts[bin]! += 1
    red += r
    green += g
    blue += b
  }
  const squareAt = (at: number): number =>
    (redTerms[data[3 * at] ?? 0] ?? 0) +
    (greenTerms[data[3 * at + 1] ?? 0] ?? 0) +
    (blueTerms[data[3 * at + 2] ?? 0] ?? 0)
  const places = shares.map((share) => share * (pixels - 1))
  const picked = pickRanks(
    { binOf, counts, squareAt },
    places.flatMap((place) => [Math.floor(place), Math.ceil(place)]),
  )
  const [perc1 = 0, perc5 = 0, perc10 = 0, perc15 = 0, perc90 = 0, perc95 = 0, perc99 = 0] = places.map(
    (place, index) => {
      const low = Math.sqrt(picked[2 * index] ?? 0) / 255
      const high = Math.sqrt(picked[2 * index + 1] ?? 0) / 255
      return low + (high - low) * (place - Math.floor(place))
    },
  )
  return {
    brightness: brightnessOf(red / pixels, green / pixels, blue / pixels),
    brightnessPerc1: perc1,
    brightnessPerc5: perc5,
    brightnessPerc10: perc10,
    brightnessPerc15: perc15,
    brightnessPerc90: perc90,
    brightnessPerc95: perc95,
    brightnessPerc99: perc99,
  }
}

/**
 * Shannon entropy in bits: `entropy` over the counts of all three channels together, at most 9.58 (as Pillow's, which
 * cleanvision takes), `greyEntropy` over grey levels, at most 8. `levels` is the share of grey levels that occur at all
 * between the 1st and the 99th percentile: 1 in a photo, less where levels were thrown away.
 */
export function measureInformation({ data }: RgbImage, grey: GreyImage) {
  const colours = new Uint32Array(768)
  for (let at = 0; at < data.length; at += 3) {
    colours[data[at] ?? 0]! += 1
    colours[256 + (data[at + 1] ?? 0)]! += 1
    colours[512 + (data[at + 2] ?? 0)]! += 1
  }
  const greys = new Uint32Array(256)
  for (const value of grey.data) greys[value]! += 1
  return {
    entropy: entropyOf(colours),
    greyEntropy: entropyOf(greys),
    levels: shareOfLevels(greys, grey.data.length),
  }
}

function shareOfLevels(counts: Uint32Array, pixels: number): number {
  const rankOf = (share: number): number => {
    let level = 0
    for (let seen = counts[0] ?? 0; seen < share * pixels && level < 255;) seen += counts[++level] ?? 0
    return level
  }
  const [low, high] = [rankOf(0.01), rankOf(0.99)]
  const inside = counts.subarray(low, high + 1)
  // In a small picture not every level can occur.
  const expected = Math.min(inside.length, pixels / 16)
  return Math.min(1, inside.filter((count) => count > 0).length / Math.max(1, expected))
}
