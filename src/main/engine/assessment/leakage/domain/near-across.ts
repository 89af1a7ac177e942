import { findNearPairs } from '#engine/curation/duplicates/domain/near-pairs.ts'
import { measureDifference, standardiseGrey } from '#engine/curation/duplicates/domain/grey-likeness.ts'

/** Bits of 64 in which the hashes of near copies may differ. */
const mostBits = 10

export interface ComparedPicture {
  /** Halves of the perceptual hash. */
  readonly high: number
  readonly low: number
  /** `[16, 16]` grey levels */
  readonly grey: Uint8Array
  readonly part: number
}

export interface NearAcross {
  /** Indices of the pictures. */
  readonly a: number
  readonly b: number
  readonly bits: number
  readonly difference: number
  readonly isMirrored: boolean
}

/** Frequencies across the picture that change their sign in a mirror: every second bit of each row of eight. */
const oddAcross = 0x55555555

const side = 16

function mirror(grey: Float64Array): Float64Array {
  return Float64Array.from(grey, (_, at) => grey[at - (at % side) + side - 1 - (at % side)] ?? 0)
}

/**
 * Pairs of nearly the same picture in two parts, also where one is the other in a mirror: hashes within 10 bits, and small grey pictures
 * that differ by less than the limit. The hash of a mirrored picture is that of the picture with the bits of odd frequencies across turned
 * (their cosines change sign), but for what lies at the median.
 *
 * @returns the pairs, and how many had hashes so near whatever their pictures
 */
export function findNearAcross(
  pictures: readonly ComparedPicture[],
  { limit, onProgress }: { readonly limit: number; readonly onProgress: (share: number) => void },
): { pairs: NearAcross[]; hashPairs: number } {
  const n = pictures.length
  const straight = pictures.map(({ grey }) => standardiseGrey(grey))
  const high = Uint32Array.from({ length: 2 * n }, (_, at) =>
    at < n ? (pictures[at]?.high ?? 0) : (pictures[at - n]?.high ?? 0) ^ oddAcross,
  )
  const low = Uint32Array.from({ length: 2 * n }, (_, at) =>
    at < n ? (pictures[at]?.low ?? 0) : (pictures[at - n]?.low ?? 0) ^ oddAcross,
  )
  const found = new Map<number, NearAcross>()
  let hashPairs = 0
  findNearPairs({ high, low }, mostBits, {
    onProgress,
    onPair: ({ a, b, distance }) => {
      // Two that are both turned are the pair as it is, and the second half of each mirrored pair is the first again.
      if (a >= n) return
      const isMirrored = b >= n
      const [one, other] = isMirrored ? [a, b - n] : [a, b]
      if (one >= other || pictures[one]?.part === pictures[other]?.part) return
      if (!isMirrored) hashPairs += 1
      const [greyA, greyB] = [straight[one], straight[other]]
      if (greyA === undefined || greyB === undefined) return
      const difference = measureDifference(greyA, isMirrored ? mirror(greyB) : greyB)
      if (difference >= limit) return
      const key = one * n + other
      const known = found.get(key)
      if (known === undefined || difference < known.difference)
        found.set(key, { a: one, b: other, bits: distance, difference, isMirrored })
    },
  })
  return { pairs: [...found.values()], hashPairs }
}
