import { findMedian } from '#engine/base/kernel/quantiles.ts'
import type { NeighbourLists } from '#engine/curation/vectors/domain/nearest-neighbours.ts'

/** Fewer neighbours that carry the label say too little. */
const fewestNeighbours = 5
/** What chance gives counts as much as this weight of neighbours: it keeps faint evidence small and breaks ties by strength. */
const chanceWeight = 1
/** Ages are compared with those of so many images on either side in the order of ages. */
const peersBeside = 100
/** Years: below, people of one age differ by less than anybody can tell from a face. */
const leastSpreadYears = 4
/** Spreads beyond what is usual at that age at which the score has fallen to 1/e. */
const spreadsToFall = 2.5
/** Makes the median absolute deviation one of a normal distribution's deviations. */
const deviationsPerMad = 1.4826

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

/** Share of the images with a label that carry each one: what chance gives among neighbours. */
function shareLabels(labels: Int32Array, classes: number): Float64Array {
  const shares = new Float64Array(classes)
  let known = 0
  for (const label of labels) {
    if (label === -1) continue
    shares[label] = (shares[label] ?? 0) + 1
    known += 1
  }
  return shares.map((count) => count / Math.max(1, known))
}

/**
 * How far the neighbours speak for the image's own label more than for the label that they speak for most, each beyond what
 * chance gives for a label of its size: a rare label is not doubted for being rare, nor a common one believed for being common.
 * With e the share of the neighbours' weight less the label's share of all images, `(1 + e own - e other) / 2`.
 *
 * @param labels `[images]` -1 where missing
 */
export function compareLabels(
  lists: NeighbourLists,
  { labels, classes }: { labels: Int32Array; classes: number },
): NeighbourAgreement {
  const images = labels.length
  const scores = new Float64Array(images).fill(NaN)
  const [same, labelled] = [new Uint8Array(images), new Uint8Array(images)]
  const suggested = new Int32Array(images).fill(-1)
  const suggestedShares = new Float64Array(images)
  const byChance = shareLabels(labels, classes)
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
    const excess = weights.map(
      (weight, label) => (weight - total * (byChance[label] ?? 0)) / (total + chanceWeight),
    )
    const most = Math.max(...excess)
    const rival = Math.max(...excess.filter((_, label) => label !== own), -1)
    scores[image] = (1 + (excess[own] ?? 0) - rival) / 2
    suggested[image] = excess.indexOf(most)
    suggestedShares[image] = (weights[suggested[image] ?? 0] ?? 0) / total
  })
  return { scores, same, labelled, suggested, suggestedShares }
}

export interface NeighbourYears {
  /** `[images]` in (0, 1], low is bad; NaN where it cannot be told. */
  readonly scores: Float64Array
  /** `[images]` median absolute difference in years to the neighbours, and their median age. */
  readonly yearsOff: Float64Array
  readonly medianYears: Float64Array
  /** `[images]` how far the neighbours' median lies from the age of people of that age, usually. */
  readonly usualYears: Float64Array
}

/** For each image the median and spread of the differences among its peers in age. */
function findUsual(years: Float64Array, differences: Float64Array) {
  const known = [...years.keys()].filter((image) => !Number.isNaN(differences[image] ?? NaN))
  known.sort((one, other) => (years[one] ?? 0) - (years[other] ?? 0))
  const usual = new Float64Array(years.length).fill(NaN)
  const spread = new Float64Array(years.length).fill(NaN)
  // People of one age have the same peers, whatever their order.
  for (let first = 0; first < known.length;) {
    let last = first
    while (last + 1 < known.length && years[known[last + 1] ?? 0] === years[known[first] ?? 0]) last += 1
    const beside = Math.min(peersBeside, Math.ceil(known.length / 10))
    const peers = known
      .slice(Math.max(0, first - beside), last + 1 + beside)
      .map((image) => differences[image] ?? 0)
    const middle = findMedian(peers)
    const deviation = deviationsPerMad * findMedian(peers.map((difference) => Math.abs(difference - middle)))
    for (const image of known.slice(first, last + 1)) {
      usual[image] = middle
      spread[image] = Math.max(leastSpreadYears, deviation)
    }
    first = last + 1
  }
  return { usual, spread }
}

/**
 * How much farther the neighbours' median age lies from the image's own than is usual at that age, in the spread that is usual
 * there: neighbours of the old are younger and of babies older whatever their labels. `exp(-excess / 2.5 spreads)`.
 *
 * @param years `[images]` NaN where missing
 */
export function compareYears(lists: NeighbourLists, years: Float64Array): NeighbourYears {
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
  })
  const differences = medianYears.map((median, image) => median - (years[image] ?? NaN))
  const { usual, spread } = findUsual(years, differences)
  const scores = differences.map((difference, image) => {
    const middle = usual[image] ?? NaN
    // Neighbours nearer to the label than is usual agree with it.
    const excess = Math.max(difference - Math.max(middle, 0), Math.min(middle, 0) - difference, 0)
    return Math.exp(-excess / (spreadsToFall * (spread[image] ?? NaN)))
  })
  return { scores, yearsOff, medianYears, usualYears: usual }
}
