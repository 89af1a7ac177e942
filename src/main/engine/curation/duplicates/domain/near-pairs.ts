/** Hashes as two 32-bit halves: `high[i]` and `low[i]` are image i's. */
export interface HashColumns {
  readonly high: Uint32Array
  readonly low: Uint32Array
}

function countBits(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555)
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

const segments = 4
const segmentBits = 16
const buckets = 1 << segmentBits

const readSegment = ({ high, low }: HashColumns, image: number, segment: number): number => {
  const word = (segment < 2 ? high[image] : low[image]) ?? 0
  return segment % 2 === 0 ? word >>> 16 : word & 0xffff
}

/** All 16-bit numbers with at most `most` bits set. */
function listMasks(most: number): Uint16Array {
  return Uint16Array.from(
    Array.from({ length: buckets }, (_, mask) => mask).filter((mask) => countBits(mask) <= most),
  )
}

/**
 * Images in the order of their buckets, hashes beside them so that a bucket is read in one go: `own` is the half that the
 * segment lies in, `other` the one of which the bucket says nothing and which tells most pairs apart.
 */
interface SegmentIndex {
  /** `[65,537]` where each bucket begins. */
  readonly starts: Uint32Array
  readonly images: Uint32Array
  readonly own: Uint32Array
  readonly other: Uint32Array
}

function indexSegment(hashes: HashColumns, segment: number): SegmentIndex {
  const n = hashes.high.length
  const starts = new Uint32Array(buckets + 1)
  for (let image = 0; image < n; image++) starts[readSegment(hashes, image, segment) + 1]! += 1
  for (let bucket = 0; bucket < buckets; bucket++) starts[bucket + 1]! += starts[bucket] ?? 0
  const next = starts.slice()
  const images = new Uint32Array(n)
  for (let image = 0; image < n; image++) images[next[readSegment(hashes, image, segment)]!++] = image
  const [own, other] = segment < 2 ? [hashes.high, hashes.low] : [hashes.low, hashes.high]
  return {
    starts,
    images,
    own: images.map((image) => own[image] ?? 0),
    other: images.map((image) => other[image] ?? 0),
  }
}

export interface NearPair {
  readonly a: number
  readonly b: number
  readonly distance: number
}

/**
 * How far each segment may differ: a pair that exceeds all of these differs in more than `most` bits in all, since the
 * numbers, each with one added, sum to `most + 1`.
 */
function shareReach(most: number): readonly number[] {
  const each = Math.floor((most + 1) / segments)
  const left = (most + 1) % segments
  return Array.from({ length: segments }, (_, segment) => each - 1 + (segment < left ? 1 : 0))
}

interface PairSearch {
  readonly hashes: HashColumns
  readonly most: number
  readonly reaches: readonly number[]
  readonly segment: number
  readonly index: SegmentIndex
  readonly onPair: (pair: NearPair) => void
}

/**
 * Every pair of hashes that differ in at most `most` of 64 bits, exactly, without comparing all pairs (multi-index
 * hashing, Norouzi, Punjani & Fleet 2012): at least one of four 16-bit segments differs in few bits, so only images in
 * buckets that near are compared. Each pair is given once, `a < b`, by the first segment that brings it.
 *
 * @param options.onProgress the share that is done; may throw to stop
 */
export function findNearPairs(
  hashes: HashColumns,
  most: number,
  options: { readonly onPair: (pair: NearPair) => void; readonly onProgress?: (share: number) => void },
): void {
  const reaches = shareReach(most)
  reaches.forEach((reach, segment) => {
    const index = indexSegment(hashes, segment)
    const search = { hashes, most, reaches, segment, index, onPair: options.onPair }
    const masks = listMasks(reach)
    for (let bucket = 0; bucket < buckets; bucket++) {
      if ((bucket & 0xff) === 0) options.onProgress?.((segment + bucket / buckets) / segments)
      if (index.starts[bucket] === index.starts[bucket + 1]) continue
      for (const mask of masks) {
        const near = bucket ^ mask
        // Each pair of buckets once.
        if (near >= bucket) compareBuckets(search, bucket, near)
      }
    }
  })
}

function compareBuckets(search: PairSearch, bucket: number, near: number): void {
  const { most, index } = search
  const { starts, images, own, other } = index
  const to = starts[bucket + 1] ?? 0
  const nearFrom = starts[near] ?? 0
  const nearTo = starts[near + 1] ?? 0
  for (let at = starts[bucket] ?? 0; at < to; at++) {
    const ownBits = own[at] ?? 0
    const otherBits = other[at] ?? 0
    for (let and = near === bucket ? at + 1 : nearFrom; and < nearTo; and++) {
      let distance = countBits(otherBits ^ (other[and] ?? 0))
      if (distance > most) continue
      distance += countBits(ownBits ^ (own[and] ?? 0))
      if (distance > most) continue
      const [a, b] = [images[at] ?? 0, images[and] ?? 0]
      if (!wasSeen(search, a, b)) search.onPair({ a: Math.min(a, b), b: Math.max(a, b), distance })
    }
  }
}

/** Whether an earlier segment has brought the pair. */
function wasSeen({ hashes, reaches, segment }: PairSearch, a: number, b: number): boolean {
  for (let earlier = 0; earlier < segment; earlier++) {
    const difference = readSegment(hashes, a, earlier) ^ readSegment(hashes, b, earlier)
    if (countBits(difference) <= (reaches[earlier] ?? 0)) return true
  }
  return false
}
