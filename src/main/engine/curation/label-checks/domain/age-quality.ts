import { findMedian } from '#engine/base/kernel/quantiles.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import type { LabelledProbabilities } from './labelled-probabilities.ts'

/** `[images]` predicted and labelled ages in years. */
export interface LabelledYears {
  readonly labels: Float64Array
  readonly predictions: Float64Array
}

/** cleanlab's settings of OUTRE: how much the residual weighs beside the label, and the share of images that are neighbours. */
const residualScale = 5
const neighbourShare = 0.5
/** Beyond, distances are taken to a seeded sample of this many images. */
const mostReferences = 5000
/** Datalab's rule: a label is an issue below this share of the median score. */
const issueShare = 0.05
const epsilon = Number.EPSILON

/**
 * Expected distance in years between the labelled bin and the true one, if the probabilities hold: ages are ordered, so a
 * child labelled 60-69 stands before a person of 35 labelled 20-29.
 *
 * @param middles `[classes]` years that stand for each bin
 * @returns `[images]` in years
 */
export function expectYearsOff(
  { labels, probabilities, classes }: LabelledProbabilities,
  middles: readonly number[],
): Float64Array {
  return Float64Array.from(labels, (label, image) => {
    const own = middles[label] ?? 0
    let years = 0
    for (let k = 0; k < classes; k++) {
      years += (probabilities[image * classes + k] ?? 0) * Math.abs((middles[k] ?? 0) - own)
    }
    return years
  })
}

/** A neighbouring bin is within what two people who guess an age differ by. */
export const closeBins = 1

/**
 * Probability that the true bin is the labelled one or next to it. Expected years off say less: where a model hardly knows,
 * they rise with nothing but the label's distance from the middle of life.
 *
 * @param bins `[classes]` place of each class among the ages, as classes side by side need not be neighbouring bins
 * @returns `[images]` in [0, 1], low is bad
 */
export function scoreCloseBins(
  { labels, probabilities, classes }: LabelledProbabilities,
  bins: readonly number[],
): Float64Array {
  return Float64Array.from(labels, (label, image) => {
    let close = 0
    for (let k = 0; k < classes; k++)
      if (Math.abs((bins[k] ?? NaN) - (bins[label] ?? NaN)) <= closeBins)
        close += probabilities[image * classes + k] ?? 0
    return Math.min(1, close)
  })
}

/** `exp(-|predicted - labelled|)`, as cleanlab's `residual`: `[images]` in (0, 1], low is bad. */
export function scoreResiduals({ labels, predictions }: LabelledYears): Float64Array {
  return labels.map((label, image) => Math.exp(-Math.abs((predictions[image] ?? 0) - label)))
}

/** Mean 0 and deviation `scale`, by the population's deviation. */
function standardise(values: Float64Array, scale: number): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return values.map((value) => (scale * (value - mean)) / (Math.sqrt(variance) + epsilon))
}

/**
 * OUTRE (Zhou, Mueller, Kumar, Wang & Lei 2023; cleanlab 2.9): how far an image lies from the nearer half of all in the plane
 * of standardised label and standardised residual, so that a residual counts by what is usual at that age and for this model.
 * Above 5,000 images the distances are to a seeded sample of that many.
 *
 * @returns `[images]` in (0, 1], low is bad
 */
export function scoreOutre({ labels, predictions }: LabelledYears, seed = 0): Float64Array {
  const images = labels.length
  if (images === 0) return new Float64Array(0)
  const x = standardise(labels, 1)
  const y = standardise(
    labels.map((label, image) => (predictions[image] ?? 0) - label),
    residualScale,
  )
  const order = createRandom(seed, ['outre']).shuffle(Int32Array.from(labels, (_, image) => image))
  const references = images <= mostReferences ? order : order.slice(0, mostReferences)
  const neighbours = Math.ceil(neighbourShare * references.length)
  const distances = new Float64Array(references.length)
  const means = x.map((own, image) => {
    references.forEach((other, at) => {
      distances[at] = Math.hypot(own - (x[other] ?? 0), (y[image] ?? 0) - (y[other] ?? 0))
    })
    distances.sort()
    let sum = 0
    for (let at = 0; at < neighbours; at++) sum += distances[at] ?? 0
    return sum / neighbours
  })
  const usual = Math.max(findMedian(means), epsilon)
  return means.map((mean) => Math.exp(-mean / usual))
}

/** Images whose score is far below the usual one. @returns `[images]` 1 where the label is an issue */
export function flagLowScores(scores: Float64Array): Uint8Array {
  const cut = issueShare * findMedian(scores)
  return Uint8Array.from(scores, (score) => (score < cut ? 1 : 0))
}
