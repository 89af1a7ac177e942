import type { Estimate } from '#shared/domain/intervals.ts'
import { studentCritical } from './distributions.ts'

export interface ScoredImages {
  /** `[n]` the higher, the more the image is taken for the class. */
  readonly scores: Float64Array
  readonly isPositive: Uint8Array
  /** `[n]` number of the person. */
  readonly clusters: Int32Array
}

/** Share of the other side that each image stands above, half of those it equals counted, `[n]`. */
function placeImages({ scores, isPositive }: ScoredImages): { places: Float64Array; positives: number } {
  const order = Int32Array.from(scores.keys()).sort((a, b) => scores[a]! - scores[b]!)
  const places = new Float64Array(scores.length)
  const positives = isPositive.reduce((sum, one) => sum + one, 0)
  const negatives = scores.length - positives
  let [positivesBelow, negativesBelow] = [0, 0]
  for (let first = 0; first < order.length;) {
    let end = first
    let [equalPositives, equalNegatives] = [0, 0]
    while (end < order.length && scores[order[end]!] === scores[order[first]!]) {
      if (isPositive[order[end]!] === 1) equalPositives++
      else equalNegatives++
      end++
    }
    for (let place = first; place < end; place++) {
      const image = order[place]!
      places[image] =
        isPositive[image] === 1
          ? (negativesBelow + equalNegatives / 2) / negatives
          : (positives - positivesBelow - equalPositives / 2) / positives
    }
    positivesBelow += equalPositives
    negativesBelow += equalNegatives
    first = end
  }
  return { places, positives }
}

/**
 * Area under the ROC curve with its 95 % interval, people being the unit (Obuchowski 1997; DeLong's where nobody repeats).
 * Without images of both sides there is none, where others put 0 or take a mean over it.
 */
export function estimateAuc(images: ScoredImages): Estimate {
  const { places, positives } = placeImages(images)
  const n = images.scores.length
  const negatives = n - positives
  if (positives === 0 || negatives === 0) return { value: null, low: null, high: null, n }
  let value = 0
  for (let image = 0; image < n; image++)
    if (images.isPositive[image] === 1) value += places[image]! / positives
  const influences = new Map<number, number>()
  for (let image = 0; image < n; image++) {
    const side = images.isPositive[image] === 1 ? positives : negatives
    const cluster = images.clusters[image]!
    influences.set(cluster, (influences.get(cluster) ?? 0) + (places[image]! - value) / side)
  }
  const count = influences.size
  if (count < 2) return { value, low: null, high: null, n }
  let squares = 0
  for (const influence of influences.values()) squares += influence * influence
  const half = studentCritical(0.05, count - 1) * Math.sqrt((squares * count) / (count - 1))
  return { value, low: Math.max(0, value - half), high: Math.min(1, value + half), n }
}
