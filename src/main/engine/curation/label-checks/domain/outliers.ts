import { findQuantile } from '#engine/base/kernel/quantiles.ts'
import type { NeighbourLists } from '#engine/curation/vectors/domain/nearest-neighbours.ts'

/** Datalab's rule: beyond the third quartile by so many interquartile ranges. */
const rangesBeyond = 1.7
/** A label with fewer images is judged by the quartiles of all. */
const fewestImages = 40

export interface Outliers {
  /** `[images]` mean distance to the nearest within the same label; NaN where there are none. */
  readonly distances: Float64Array
  /** `[images]` distance beyond which the image is flagged. */
  readonly cuts: Float64Array
  /** `[images]` `exp(-distance / cut)`: flagged below 1/e; NaN where it cannot be told. */
  readonly scores: Float64Array
  readonly flags: Uint8Array
}

function findCut(distances: Float64Array): number {
  const sorted = distances.slice().sort()
  const [first, third] = [findQuantile(sorted, 0.25), findQuantile(sorted, 0.75)]
  return third + rangesBeyond * (third - first)
}

const hasNumber = (value: number): boolean => !Number.isNaN(value)

/**
 * Images far from their nearest neighbours of the same label: mean distance to them > Q3 + 1.7 (Q3 - Q1), as Datalab. Each
 * label has its own quartiles, so that a label whose images differ more among themselves is not flagged more for it.
 *
 * @param labels `[images]` -1 where missing: those are judged by their nearest neighbours of any label
 */
export function findOutliers(
  { all, sameLabel }: { all: NeighbourLists; sameLabel: NeighbourLists },
  labels: Int32Array,
): Outliers {
  const distances = Float64Array.from(labels, (label, image) => {
    const { k, distances: from } = label === -1 ? all : sameLabel
    const own = [...from.subarray(image * k, (image + 1) * k)].filter(Number.isFinite)
    return own.length === 0 ? NaN : own.reduce((sum, one) => sum + one, 0) / own.length
  })
  const whole = findCut(distances.filter(hasNumber))
  const cutOf = new Map<number, number>()
  for (const label of new Set(labels)) {
    const own = distances.filter((distance, image) => labels[image] === label && hasNumber(distance))
    cutOf.set(label, own.length < fewestImages ? whole : findCut(own))
  }
  const cuts = Float64Array.from(labels, (label) => cutOf.get(label) ?? whole)
  return {
    distances,
    cuts,
    scores: distances.map((distance, image) => {
      const cut = cuts[image] ?? NaN
      return cut === 0 ? (distance === 0 ? 1 : 0) : Math.exp(-distance / cut)
    }),
    flags: Uint8Array.from(distances, (distance, image) => (distance > (cuts[image] ?? NaN) ? 1 : 0)),
  }
}
