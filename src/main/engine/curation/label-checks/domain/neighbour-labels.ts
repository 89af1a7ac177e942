import { findMedian } from '#engine/base/kernel/quantiles.ts'
import type { NeighbourLists } from '#engine/curation/vectors/domain/nearest-neighbours.ts'

/** Fewer neighbours that carry the label say too little. */
const fewestNeighbours = 5
/** Years of difference at which the score has fallen to 1/e. */
const agePenaltyYears = 15

/** How the labels of an image's neighbours agree with its own; NaN where it, or too many of them, have none. */
export interface NeighbourAgreement {
  /** `[images]` in [0, 1], low is bad. */
  readonly scores: Float64Array
  /** `[images]` neighbours with the same label, and how many carry one at all. */
  readonly same: Uint8Array
  readonly labelled: Uint8Array
  /** `[images]` label of most weight among the neighbours, -1 without one. */
  readonly suggested: Int32Array
  /** `[images]` its share of the weight. */
  readonly suggestedShares: Float64Array
}

/** Neighbours weigh less the farther they are, by the image's own scale (Zelnik-Manor & Perona 2004): 1 down to exp(-1/2). */
function weighNeighbour({ k, distances }: NeighbourLists, image: number, at: number): number {
  const scale = distances[image * k + k - 1] ?? Infinity
  const distance = distances[image * k + at] ?? Infinity
  if (scale === 0 || !Number.isFinite(scale)) return 1
  return Math.exp(-(distance ** 2) / (2 * scale ** 2))
}

/** Share of the neighbours' weight that carries the image's own label. @param labels `[images]` -1 where missing */
export function compareLabels(
  lists: NeighbourLists,
  { labels, classes }: { labels: Int32Array; classes: number },
): NeighbourAgreement {
  const images = labels.length
  const scores = new Float64Array(images).fill(NaN)
  const [same, labelled] = [new Uint8Array(images), new Uint8Array(images)]
  const suggested = new Int32Array(images).fill(-1)
  const suggestedShares = new Float64Array(images)
  const weights = new Float64Array(classes)
  labels.forEach((own, image) => {
    weights.fill(0)
    for (let at = 0; at < lists.k; at++) {
      const label = labels[lists.points[image * lists.k + at] ?? -1] ?? -1
      if (label === -1) continue
      labelled[image] = (labelled[image] ?? 0) + 1
      if (label === own) same[image] = (same[image] ?? 0) + 1
      weights[label] = (weights[label] ?? 0) + weighNeighbour(lists, image, at)
    }
    if (own === -1 || (labelled[image] ?? 0) < fewestNeighbours) return
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    scores[image] = (weights[own] ?? 0) / total
    const heaviest = Math.max(...weights)
    suggested[image] = weights.indexOf(heaviest)
    suggestedShares[image] = heaviest / total
  })
  return { scores, same, labelled, suggested, suggestedShares }
}

export interface NeighbourYears {
  /** `[images]` `exp(-years off / 15)`, in (0, 1], low is bad; NaN where it cannot be told. */
  readonly scores: Float64Array
  /** `[images]` median absolute difference in years to the neighbours, and their median age. */
  readonly yearsOff: Float64Array
  readonly medianYears: Float64Array
}

/** How far the neighbours' ages lie from the image's own. @param years `[images]` NaN where missing */
export function compareYears(lists: NeighbourLists, years: Float64Array): NeighbourYears {
  const scores = new Float64Array(years.length).fill(NaN)
  const yearsOff = new Float64Array(years.length).fill(NaN)
  const medianYears = new Float64Array(years.length).fill(NaN)
  years.forEach((own, image) => {
    const others = Array.from(
      lists.points.subarray(image * lists.k, (image + 1) * lists.k),
      (point) => years[point] ?? NaN,
    ).filter((age) => !Number.isNaN(age))
    if (Number.isNaN(own) || others.length < fewestNeighbours) return
    yearsOff[image] = findMedian(others.map((age) => Math.abs(age - own)))
    medianYears[image] = findMedian(others)
    scores[image] = Math.exp(-(yearsOff[image] ?? 0) / agePenaltyYears)
  })
  return { scores, yearsOff, medianYears }
}
