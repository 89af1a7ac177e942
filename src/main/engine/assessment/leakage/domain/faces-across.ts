import {
  binWidth,
  comparePairs,
  toWholeDescriptors,
} from '#engine/curation/identities/domain/compare-pairs.ts'

/** More pairs, those within a part counted, are not kept: the radius shrinks until they fit. */
const mostPairs = 4_000_000
const parts = 3

export interface FacesAcross {
  /** The nearest pair of each two groups in two parts, indices of points. */
  readonly pairs: readonly { readonly a: number; readonly b: number; readonly distance: number }[]
  /** Every pair that is nearer is in the list; smaller than what was asked for where there are too many. */
  readonly radius: number
}

interface FacePoints {
  /** `[points, dimensions]` row by row */
  readonly values: Float32Array
  readonly dimensions: number
  /** `[points]` */
  readonly partOf: Uint8Array
  /** `[points]` group that a split must not cut */
  readonly groupOf: Int32Array
}

/** Compares all descriptors, exactly; keeps what is nearer than the threshold and stands in two parts. */
export function findFacesAcross(
  { values, dimensions, partOf, groupOf }: FacePoints,
  { threshold, onPoints }: { readonly threshold: number; readonly onPoints: (done: number) => void },
): FacesAcross {
  const descriptors = toWholeDescriptors(values, dimensions)
  const { pairs } = comparePairs(descriptors, {
    kinds: partOf,
    kindCount: parts,
    // A whole step more, since steps are rounded.
    radius: threshold + binWidth,
    mostPairs,
    onPoints,
  })
  const nearest = new Map<string, { a: number; b: number; squared: number }>()
  for (let at = 0; at < pairs.count; at++) {
    const [a, b, squared] = [pairs.first[at] ?? 0, pairs.second[at] ?? 0, pairs.squared[at] ?? 0]
    if (partOf[a] === partOf[b] || Math.sqrt(squared) / descriptors.scale > threshold) continue
    const [one, other] = [groupOf[a] ?? 0, groupOf[b] ?? 0]
    const key = one < other ? `${one} ${other}` : `${other} ${one}`
    const known = nearest.get(key)
    if (known === undefined || squared < known.squared) nearest.set(key, { a, b, squared })
  }
  const found = [...nearest.values()].map(({ a, b, squared }) => ({
    a,
    b,
    distance: Math.sqrt(squared) / descriptors.scale,
  }))
  return {
    pairs: found.toSorted(
      (one, other) => one.distance - other.distance || one.a - other.a || one.b - other.b,
    ),
    radius: pairs.radius < threshold - binWidth / 2 ? pairs.radius : threshold,
  }
}
