import { brightnessOf, entropyOf } from '#engine/base/media/domain/content.ts'
import type { GreyImage, RgbImage } from '#engine/base/media/domain/rgb-image.ts'
import { listStrips, stripRows } from '#engine/base/media/domain/loops/loop-memory.ts'
import { useLoops } from '#engine/curation/pixels/domain/loops/pixel-loops.ts'

const shares = [0.01, 0.05, 0.1, 0.15, 0.9, 0.95, 0.99] as const

/** Squares of brightness are whole numbers below 2^26 when they are taken a thousandfold: bins of 2^12 of them. */
const bins = 16_384
const squaresPerBin = 4096
const noSlot = 255

interface LightCounts {
  /** `[3, 256]`: red, green, blue. */
  readonly colours: Uint32Array
  /** `[256]` */
  readonly greys: Uint32Array
  /** Squares of brightness by rank. */
  readonly squares: ReadonlyMap<number, number>
}

interface RankPlace {
  readonly rank: number
  readonly bin: number
  /** Among the pixels of its bin. */
  readonly within: number
}

/** @param ranks ascending */
function findBins(lights: Uint32Array, ranks: readonly number[]): RankPlace[] {
  let bin = 0
  let before = 0
  return ranks.map((rank) => {
    while (bin < bins - 1 && before + (lights[bin] ?? 0) <= rank) before += lights[bin++] ?? 0
    return { rank, bin, within: rank - before }
  })
}

/**
 * Levels of all channels, and the squares of brightness of some ranks: counted twice, so that nothing is sorted.
 * @param ranks ascending
 */
function countLight(
  { width, height, data }: RgbImage,
  grey: GreyImage,
  ranks: readonly number[],
): LightCounts {
  const rowBytes = width * 3
  const most = Math.min(height, stripRows(rowBytes)) * width
  const tables = 768 + 256 + bins
  return useLoops((loops) => {
    const [rgbAt = 0, greyAt = 0, squaresAt = 0, tablesAt = 0, slotsAt = 0, withinAt = 0] = loops.reserve([
      most * 3,
      most,
      4 * most,
      4 * tables,
      bins,
      4 * squaresPerBin * ranks.length,
    ])
    const countsAt = (place: number) => tablesAt + 4 * place
    const forEachStrip = (count: (pixels: number, from: number) => void): void => {
      for (const { from, to } of listStrips({ first: 0, end: height, rowBytes })) {
        const pixels = (to - from) * width
        loops.bytesAt(rgbAt, pixels * 3).set(data.subarray(from * rowBytes, to * rowBytes))
        loops.toSquares(rgbAt, pixels, squaresAt)
        count(pixels, from * width)
      }
    }
    loops.countsAt(tablesAt, tables).fill(0)
    forEachStrip((pixels, from) => {
      loops.bytesAt(greyAt, pixels).set(grey.data.subarray(from, from + pixels))
      loops.countLevels(rgbAt, greyAt, pixels, countsAt(0), countsAt(768))
      loops.countSquares(squaresAt, pixels, countsAt(1024))
    })
    const places = findBins(loops.countsAt(countsAt(1024), bins), ranks)
    const wanted = [...new Set(places.map(({ bin }) => bin))]
    const slots = loops.bytesAt(slotsAt, bins).fill(noSlot)
    wanted.forEach((bin, slot) => (slots[bin] = slot))
    const counts = loops.countsAt(withinAt, squaresPerBin * wanted.length).fill(0)
    forEachStrip((pixels) => loops.countWithin(squaresAt, pixels, slotsAt, withinAt))
    const squareAt = ({ bin, within }: RankPlace): number => {
      let [at, left] = [squaresPerBin * wanted.indexOf(bin), within]
      const last = at + squaresPerBin - 1
      while (at < last && left >= (counts[at] ?? 0)) left -= counts[at++] ?? 0
      return bin * squaresPerBin + (at % squaresPerBin)
    }
    return {
      colours: loops.countsAt(countsAt(0), 768).slice(),
      greys: loops.countsAt(countsAt(768), 256).slice(),
      squares: new Map(places.map((place) => [place.rank, squareAt(place)])),
    }
  })
}

const sumLevels = (counts: Uint32Array): number =>
  counts.reduce((sum, count, level) => sum + count * level, 0)

/**
 * Brightness with names and meanings as in cleanvision, so that figures can be compared; percentiles by linear interpolation.
 * Shannon entropy in bits: `entropy` over the counts of all three channels together, at most 9.58 (as Pillow's, which
 * cleanvision takes), `greyEntropy` over grey levels, at most 8. `levels` is the share of grey levels that occur at all
 * between the 1st and the 99th percentile: 1 in a photo, less where levels were thrown away.
 */
export function measureLight(image: RgbImage, grey: GreyImage) {
  const pixels = image.width * image.height
  const places = shares.map((share) => share * (pixels - 1))
  const ranks = new Set(places.flatMap((place) => [Math.floor(place), Math.ceil(place)]))
  const { colours, greys, squares } = countLight(
    image,
    grey,
    [...ranks].toSorted((a, b) => a - b),
  )
  const brightnessAt = (rank: number): number => Math.sqrt((squares.get(rank) ?? 0) / 1000) / 255
  const [perc1 = 0, perc5 = 0, perc10 = 0, perc15 = 0, perc90 = 0, perc95 = 0, perc99 = 0] = places.map(
    (place) => {
      const [low, high] = [brightnessAt(Math.floor(place)), brightnessAt(Math.ceil(place))]
      return low + (high - low) * (place - Math.floor(place))
    },
  )
  const meanOf = (channel: number): number =>
    sumLevels(colours.subarray(256 * channel, 256 * (channel + 1))) / pixels
  return {
    brightness: brightnessOf(meanOf(0), meanOf(1), meanOf(2)),
    brightnessPerc1: perc1,
    brightnessPerc5: perc5,
    brightnessPerc10: perc10,
    brightnessPerc15: perc15,
    brightnessPerc90: perc90,
    brightnessPerc95: perc95,
    brightnessPerc99: perc99,
    entropy: entropyOf(colours),
    greyEntropy: entropyOf(greys),
    levels: shareOfLevels(greys, pixels),
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
