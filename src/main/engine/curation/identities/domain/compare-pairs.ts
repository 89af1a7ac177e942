import { openPairLoops } from './loops/pair-loops.ts'

/** Width of a bin of the histograms, Euclidean; the last one holds all that is farther. */
export const binWidth = 0.005
export const binCount = 400

/** Descriptors as whole numbers: what is made of them hangs neither on the order of images nor on that of sums. */
export interface WholeDescriptors {
  readonly points: number
  /** Numbers of each, a multiple of 8. */
  readonly lanes: number
  /** `[points, lanes]` row by row, `scale` times the descriptor. */
  readonly values: Int16Array
  /** `[points]` sums of squares */
  readonly norms: Int32Array
  /** A distance of whole numbers is `scale` times the Euclidean one. */
  readonly scale: number
}

export interface PairComparison {
  /** `[kinds, kinds, bins]` pairs by the kind of the one that comes first, that of the other, and distance. */
  readonly counts: Uint32Array
  readonly pairs: NearPairs
}

/** All pairs up to a distance. */
export interface NearPairs {
  readonly count: number
  /** `[count]` index of the point that comes first, and of the other */
  readonly first: Int32Array
  readonly second: Int32Array
  /** `[count]` squared distance, in whole numbers */
  readonly squared: Int32Array
  /** Euclidean; every pair that is nearer is in the list. */
  readonly radius: number
}

const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step

/** @param values `[points, dimensions]` row by row */
export function toWholeDescriptors(values: Float32Array, dimensions: number): WholeDescriptors {
  const points = values.length / dimensions
  const lanes = roundUp(dimensions, 8)
  let [largest, longest] = [0, 0]
  for (let point = 0; point < points; point++) {
    let norm = 0
    for (let at = 0; at < dimensions; at++) {
      const value = values[point * dimensions + at] ?? 0
      largest = Math.max(largest, Math.abs(value))
      norm += value * value
    }
    longest = Math.max(longest, norm)
  }
  // Components stay within 16 bits, and four times the longest square, which is the largest distance, within 31; one less for rounding.
  const bits = Math.floor(
    Math.min(Math.log2(32_767 / (largest || 1)), Math.log2(2 ** 29 / (longest || 1)) / 2),
  )
  const scale = 2 ** Math.min(13, bits)
  const whole = new Int16Array(points * lanes)
  const norms = new Int32Array(points)
  for (let point = 0; point < points; point++) {
    let norm = 0
    for (let at = 0; at < dimensions; at++) {
      const value = Math.round((values[point * dimensions + at] ?? 0) * scale)
      whole[point * lanes + at] = value
      norm += value * value
    }
    norms[point] = norm
  }
  return { points, lanes, values: whole, norms, scale }
}

const rowsPerTile = 64
const columnsPerTile = 512
const placeCount = 16_384

/** Pairs written down so far, dropped down to the largest radius at which they fit. */
class PairList {
  readonly #most: number
  readonly #limits: readonly number[]
  /** Index of the limit that holds now. */
  level: number
  first = new Int32Array(1024)
  second = new Int32Array(1024)
  squared = new Int32Array(1024)
  count = 0

  constructor(most: number, limits: readonly number[]) {
    this.#most = most
    this.#limits = limits
    this.level = limits.length - 1
  }

  get limit(): number {
    return this.#limits[this.level] ?? 0
  }

  add(found: Int32Array): void {
    for (let at = 0; at < found.length; at += 3) {
      const squared = found[at + 2] ?? 0
      if (squared > this.limit) continue
      if (this.count === this.first.length) this.#grow()
      this.first[this.count] = found[at] ?? 0
      this.second[this.count] = found[at + 1] ?? 0
      this.squared[this.count] = squared
      this.count += 1
      if (this.count > this.#most) this.#shrink()
    }
  }

  #grow(): void {
    const length = this.first.length * 2
    const grow = (old: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
      const grown = new Int32Array(length)
      grown.set(old)
      return grown
    }
    this.first = grow(this.first)
    this.second = grow(this.second)
    this.squared = grow(this.squared)
  }

  /** Down to the largest limit at which no more than the most remain: the same whatever order they came in. */
  #shrink(): void {
    while (this.count > this.#most && this.level > 0) {
      this.level -= 1
      let kept = 0
      for (let at = 0; at < this.count; at++) {
        if ((this.squared[at] ?? 0) > this.limit) continue
        this.first[kept] = this.first[at] ?? 0
        this.second[kept] = this.second[at] ?? 0
        this.squared[kept] = this.squared[at] ?? 0
        kept += 1
      }
      this.count = kept
    }
  }
}

export interface CompareOptions {
  /** `[points]` below `kindCount` */
  readonly kinds: Uint8Array
  readonly kindCount: number
  /** Pairs are written down up to this distance, or up to a smaller one at which there are no more than `mostPairs`. */
  readonly radius: number
  readonly mostPairs: number
  /** Told how many points are compared with all others; may throw to stop. */
  readonly onPoints: (done: number) => void
}

/** Compares all points with each other, exactly; time grows with their square. */
export function comparePairs(descriptors: WholeDescriptors, options: CompareOptions): PairComparison {
  const { points, lanes, values, norms, scale } = descriptors
  const { kinds, kindCount, radius, mostPairs, onPoints } = options
  const padded = roundUp(points, 4)
  const loops = openPairLoops()
  const capacity = rowsPerTile * columnsPerTile
  const [vectorsAt = 0, normsAt = 0, kindsAt = 0, countsAt = 0, placesAt = 0, foundAt = 0, productsAt = 0] =
    loops.reserve([
      padded * lanes * 2,
      padded * 4,
      padded,
      kindCount * kindCount * binCount * 4,
      placeCount * 2,
      capacity * 12,
      32,
    ])
  const { buffer } = loops.memory
  new Int16Array(buffer, vectorsAt, values.length).set(values)
  new Int32Array(buffer, normsAt, points).set(norms)
  const kindsView = new Uint8Array(buffer, kindsAt, padded).fill(kindCount)
  kindsView.set(kinds)
  const shift = Math.max(0, Math.ceil(Math.log2((binCount * binWidth * scale) ** 2 / placeCount)))
  const places = new Uint16Array(buffer, placesAt, placeCount)
  for (let place = 0; place < placeCount; place++)
    places[place] = Math.min(binCount - 1, Math.floor(Math.sqrt(place * 2 ** shift) / scale / binWidth))
  const limits = Array.from({ length: Math.max(1, Math.round(radius / binWidth)) }, (_, at) =>
    Math.floor(((at + 1) * binWidth * scale) ** 2),
  )
  const list = new PairList(mostPairs, limits)
  const found = new Int32Array(buffer, foundAt, capacity * 3)
  for (let row = 0; row < padded; row += rowsPerTile) {
    const rowEnd = Math.min(padded, row + rowsPerTile)
    for (let column = row; column < padded; column += columnsPerTile) {
      const end = Math.min(padded, column + columnsPerTile)
      const written = loops.comparePairs(
        vectorsAt,
        normsAt,
        kindsAt,
        lanes,
        row,
        rowEnd,
        column,
        end,
        countsAt,
        kindCount,
        binCount,
        placesAt,
        placeCount - 1,
        shift,
        list.limit,
        foundAt,
        capacity,
        productsAt,
      )
      if (written > 0) list.add(found.subarray(0, written * 3))
    }
    onPoints(Math.min(points, rowEnd))
  }
  return {
    counts: new Uint32Array(buffer, countsAt, kindCount * kindCount * binCount).slice(),
    pairs: {
      count: list.count,
      first: list.first.slice(0, list.count),
      second: list.second.slice(0, list.count),
      squared: list.squared.slice(0, list.count),
      radius: Math.sqrt(list.limit) / scale,
    },
  }
}
