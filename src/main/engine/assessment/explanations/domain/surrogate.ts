import { measureDistances, weighDistance, type Masks } from './masks.ts'

/** What a network answered to samples. */
export interface SampledAnswers {
  readonly masks: Masks
  /** `[samples, outputs]` */
  readonly answers: Float64Array
  readonly outputs: number
}

/** A linear model of one output in the regions that are shown. */
export interface Surrogate {
  readonly intercept: number
  /** `[segments]`: what showing a region adds to the output. */
  readonly weights: Float64Array
  /** Weighted R² over the samples: how far the linear model tells what the network answers; null where the answers are all alike. */
  readonly r2: number | null
  /** What it gives for the whole picture. */
  readonly localPrediction: number
}

/** LIME's own, for cosine distances. */
export const limeKernelWidth = 0.25
const ridge = 1
/** Answers that lie nearer to their mean than this share of it are alike but for rounding. */
const roundingShare = 1e-12

/** `[size, size]`, symmetric and positive: replaced by its lower Cholesky factor. */
function factorise(matrix: Float64Array, size: number): void {
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row * size + column] ?? 0
      for (let at = 0; at < column; at++)
        sum -= (matrix[row * size + at] ?? 0) * (matrix[column * size + at] ?? 0)
      matrix[row * size + column] =
        row === column ? Math.sqrt(sum) : sum / (matrix[column * size + column] ?? 1)
    }
  }
}

function solve(factor: Float64Array, size: number, right: Float64Array): Float64Array {
  const solution = right.slice()
  for (let row = 0; row < size; row++) {
    let sum = solution[row] ?? 0
    for (let at = 0; at < row; at++) sum -= (factor[row * size + at] ?? 0) * (solution[at] ?? 0)
    solution[row] = sum / (factor[row * size + row] ?? 1)
  }
  for (let row = size - 1; row >= 0; row--) {
    let sum = solution[row] ?? 0
    for (let at = row + 1; at < size; at++) sum -= (factor[at * size + row] ?? 0) * (solution[at] ?? 0)
    solution[row] = sum / (factor[row * size + row] ?? 1)
  }
  return solution
}

/** Weighted means of the masks' columns and of what lies beside them. */
function averageColumns(values: ArrayLike<number>, width: number, weights: Float64Array, total: number) {
  const means = new Float64Array(width)
  weights.forEach((weight, sample) => {
    for (let at = 0; at < width; at++)
      means[at] = (means[at] ?? 0) + (weight * (values[sample * width + at] ?? 0)) / total
  })
  return means
}

/**
 * LIME's local model (Ribeiro, Singh & Guestrin 2016) of every output: ridge regression with alpha 1 and an intercept, samples
 * weighted by their cosine distance to the whole picture, all regions as features. Equal to `LimeBase` with all features.
 */
export function fitSurrogates({ masks, answers, outputs }: SampledAnswers): Surrogate[] {
  const { shown, samples, segments } = masks
  const weights = measureDistances(masks).map((distance) => weighDistance(distance, limeKernelWidth))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const means = averageColumns(shown, segments, weights, total)
  const answerMeans = averageColumns(answers, outputs, weights, total)
  const gram = new Float64Array(segments * segments)
  const moments = Array.from({ length: outputs }, () => new Float64Array(segments))
  const row = new Float64Array(segments)
  for (let sample = 0; sample < samples; sample++) {
    for (let at = 0; at < segments; at++) row[at] = (shown[sample * segments + at] ?? 0) - (means[at] ?? 0)
    const weight = weights[sample] ?? 0
    for (let at = 0; at < segments; at++) {
      const scaled = weight * (row[at] ?? 0)
      const line = at * segments
      for (let other = 0; other <= at; other++)
        gram[line + other] = (gram[line + other] ?? 0) + scaled * (row[other] ?? 0)
      moments.forEach((moment, output) => {
        const centred = (answers[sample * outputs + output] ?? 0) - (answerMeans[output] ?? 0)
        moment[at] = (moment[at] ?? 0) + scaled * centred
      })
    }
  }
  for (let at = 0; at < segments; at++) gram[at * segments + at] = (gram[at * segments + at] ?? 0) + ridge
  factorise(gram, segments)
  return moments.map((moment, output) => {
    const slopes = solve(gram, segments, moment)
    const mean = answerMeans[output] ?? 0
    const intercept = slopes.reduce((rest, slope, at) => rest - slope * (means[at] ?? 0), mean)
    let [missed, spread] = [0, 0]
    for (let sample = 0; sample < samples; sample++) {
      const answer = answers[sample * outputs + output] ?? 0
      let predicted = intercept
      for (let at = 0; at < segments; at++)
        predicted += (slopes[at] ?? 0) * (shown[sample * segments + at] ?? 0)
      missed += (weights[sample] ?? 0) * (answer - predicted) ** 2
      spread += (weights[sample] ?? 0) * (answer - mean) ** 2
    }
    return {
      intercept,
      weights: slopes,
      r2: spread > total * (roundingShare * mean) ** 2 ? 1 - missed / spread : null,
      localPrediction: slopes.reduce((sum, slope) => sum + slope, intercept),
    }
  })
}
