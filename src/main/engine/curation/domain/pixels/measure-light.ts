import type { GreyImage, PixelImage } from './pixel-image.ts'

/** Perceived brightness in [0, 1] of a colour in 0-255 (Finley's weights, as cleanvision uses them). */
const brightnessOf = (red: number, green: number, blue: number): number =>
  Math.sqrt(0.241 * red * red + 0.691 * green * green + 0.068 * blue * blue) / 255

const shares = [0.01, 0.05, 0.1, 0.15, 0.9, 0.95, 0.99] as const
const bins = 4096

/** Values of a rank by counting, so that only the few values around it need sorting. */
function pickRanks(values: Float64Array, ranks: readonly number[]): number[] {
  const binOf = (value: number): number => Math.min(bins - 1, Math.floor(value * bins))
  const counts = new Uint32Array(bins)
  for (const value of values) counts[binOf(value)]! += 1
  const before = new Float64Array(bins + 1)
  for (let bin = 0; bin < bins; bin++) before[bin + 1] = (before[bin] ?? 0) + (counts[bin] ?? 0)
  const wanted = ranks.map((rank) => {
    let bin = 0
    while ((before[bin + 1] ?? 0) <= rank) bin += 1
    return { bin, within: rank - (before[bin] ?? 0) }
  })
  const members = new Map<number, number[]>(wanted.map(({ bin }) => [bin, []]))
  for (const value of values) members.get(binOf(value))?.push(value)
  for (const some of members.values()) some.sort((a, b) => a - b)
  return wanted.map(({ bin, within }) => members.get(bin)?.[within] ?? 0)
}

/** Percentiles by linear interpolation, as numpy's. @param values in [0, 1] */
function percentiles(values: Float64Array, wanted: readonly number[]): number[] {
  const places = wanted.map((share) => share * (values.length - 1))
  const ranks = places.flatMap((place) => [Math.floor(place), Math.ceil(place)])
  const picked = pickRanks(values, ranks)
  return places.map((place, index) => {
    const [low = 0, high = 0] = picked.slice(2 * index, 2 * index + 2)
    return low + (high - low) * (place - Math.floor(place))
  })
}

/** Names and meanings as in cleanvision, so that figures can be compared. */
export function measureBrightness({ data }: PixelImage) {
  const pixels = data.length / 3
  const values = new Float64Array(pixels)
  let red = 0
  let green = 0
  let blue = 0
  for (let at = 0, read = 0; at < pixels; at++, read += 3) {
    const [r = 0, g = 0, b = 0] = [data[read], data[read + 1], data[read + 2]]
    values[at] = brightnessOf(r, g, b)
    red += r
    green += g
    blue += b
  }
  const [perc1 = 0, perc5 = 0, perc10 = 0, perc15 = 0, perc90 = 0, perc95 = 0, perc99 = 0] = percentiles(
    values,
    shares,
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

function entropyOf(counts: Uint32Array): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  let bits = 0
  for (const count of counts) if (count > 0) bits -= (count / total) * Math.log2(count / total)
  return bits
}

/**
 * Shannon entropy in bits: `entropy` over the counts of all three channels together, at most 9.58 (as Pillow's, which
 * cleanvision takes), `greyEntropy` over grey levels, at most 8. `levels` is the share of grey levels that occur at all
 * between the 1st and the 99th percentile: 1 in a photo, less where levels were thrown away.
 */
export function measureInformation({ data }: PixelImage, grey: GreyImage) {
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
