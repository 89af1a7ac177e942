import type { SumMetric } from './sum-metrics.ts'
import type { TaskRecords } from './records.ts'

/** Bins of equal width; a bin holds confidences above its lower edge up to its upper one, the first also 0. */
export const calibrationBins = 15

const binOf = (confidence: number): number =>
  Math.min(calibrationBins - 1, Math.max(0, Math.ceil(confidence * calibrationBins) - 1))

/** Of the answer given (`top-label`), or of one class whatever was answered (`class-wise`, by its index). */
export type ConfidenceOf = 'top-label' | { readonly label: number }

function readConfidence(records: TaskRecords, image: number, of: ConfidenceOf) {
  const { probabilities, labels, labelled, predicted } = records
  const label = of === 'top-label' ? (predicted[image] ?? -1) : of.label
  const confidence = label < 0 ? Number.NaN : (probabilities?.[image * labels.length + label] ?? Number.NaN)
  const isAsked = (labelled[image] ?? -1) >= 0 && !Number.isNaN(confidence)
  return { isAsked, confidence, isTrue: labelled[image] === label }
}

/**
 * Expected calibration error: the mean over images of the distance between how sure and how right the images of their bin
 * are (Guo et al. 2017). Class-wise it shows a lean to one class that the top label hides.
 */
export function calibrationError(records: TaskRecords, of: ConfidenceOf): SumMetric {
  const width = 3 * calibrationBins
  return {
    width,
    kind: 'rough',
    unit: 'share',
    add: (image, into, first) => {
      const { isAsked, confidence, isTrue } = readConfidence(records, image, of)
      if (!isAsked) return
      const own = first + 3 * binOf(confidence)
      into[own]! += 1
      into[own + 1]! += confidence
      into[own + 2]! += isTrue ? 1 : 0
    },
    value: (sums, first) => {
      let [n, error] = [0, 0]
      for (let own = first; own < first + width; own += 3) {
        n += sums[own]!
        error += Math.abs(sums[own + 1]! - sums[own + 2]!)
      }
      return error / n
    },
    count: (sums, first) => {
      let n = 0
      for (let own = first; own < first + width; own += 3) n += sums[own]!
      return n
    },
  }
}
