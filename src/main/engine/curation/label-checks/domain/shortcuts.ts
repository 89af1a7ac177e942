import { z95, type Estimate } from '#shared/domain/intervals.ts'
import { predictHeldOut } from './predict-held-out.ts'
import type { Vectors } from '#engine/curation/vectors/domain/nearest-neighbours.ts'

const penalty = 1
/** Far values would rule the fit: properties are cut at so many deviations. */
const mostDeviations = 4

export interface ShortcutTask {
  /** `[images, properties]`; NaN where a property is not known. */
  readonly properties: Vectors
  /** `[images]` class of each image. */
  readonly labels: Int32Array
  readonly classes: number
  /** `[images]` 0-based; people and copies stay together. */
  readonly foldOf: Uint8Array
  readonly folds: number
  readonly onStep: () => void
}

/** Each chosen property standardised, and its square: darkest and brightest may both give a label away. */
function shapeColumns({ values, dimensions }: Vectors, chosen: readonly number[]): Vectors {
  const images = values.length / dimensions
  const shaped = new Float32Array(images * chosen.length * 2)
  chosen.forEach((property, at) => {
    const column = Float64Array.from(
      { length: images },
      (_, image) => values[image * dimensions + property] ?? NaN,
    )
    const known = column.filter((value) => !Number.isNaN(value))
    const mean = known.reduce((sum, value) => sum + value, 0) / known.length
    const deviation = Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length)
    column.forEach((value, image) => {
      const scaled = deviation === 0 || Number.isNaN(value) ? 0 : (value - mean) / deviation
      const clipped = Math.max(-mostDeviations, Math.min(mostDeviations, scaled))
      shaped.set([clipped, clipped * clipped], (image * chosen.length + at) * 2)
    })
  })
  return { values: shaped, dimensions: chosen.length * 2 }
}

/**
 * Mean recall with a 95 % interval: normal, by the binomial variance of each class's recall with one hit and one miss added
 * (Agresti & Coull 1998), so that a recall of 0 or 1 has a width too.
 */
export function estimateBalancedAccuracy(
  labels: Int32Array,
  predicted: Int32Array,
  classes: number,
): Estimate {
  const total = new Float64Array(classes)
  const hit = new Float64Array(classes)
  labels.forEach((label, image) => {
    total[label] = (total[label] ?? 0) + 1
    if (predicted[image] === label) hit[label] = (hit[label] ?? 0) + 1
  })
  let [sum, variance] = [0, 0]
  total.forEach((count, k) => {
    if (count === 0) return
    sum += (hit[k] ?? 0) / count
    const smoothed = ((hit[k] ?? 0) + 1) / (count + 2)
    variance += (smoothed * (1 - smoothed)) / count
  })
  const present = total.filter((count) => count > 0).length
  if (present === 0) return { value: null, low: null, high: null, n: 0 }
  const [value, half] = [sum / present, (z95 * Math.sqrt(variance)) / present]
  return { value, low: Math.max(0, value - half), high: Math.min(1, value + half), n: labels.length }
}

/** Out-of-sample balanced accuracy of the label from some properties: logistic regression, its answer weighed by class size. */
export function predictFromProperties(task: ShortcutTask, chosen: readonly number[]): Estimate {
  const { labels, classes, foldOf, folds, onStep } = task
  const points = shapeColumns(task.properties, chosen)
  const probabilities = predictHeldOut(points, { labels, classes, foldOf, folds, penalty, onStep })
  const counts = new Float64Array(classes)
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1
  const predicted = labels.map((_, image) => {
    let [best, largest] = [0, -1]
    for (let k = 0; k < classes; k++) {
      const lift = (probabilities[image * classes + k] ?? 0) / Math.max(1, counts[k] ?? 0)
      if (lift > largest) [best, largest] = [k, lift]
    }
    return best
  })
  return estimateBalancedAccuracy(labels, predicted, classes)
}
