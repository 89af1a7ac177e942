import { expectedYearsCount, indexOfYears } from '#shared/domain/age-read-out.ts'
import type { Task } from '#shared/domain/tasks.ts'
import {
  fitLogistic,
  measureColumns,
  standardiseColumns,
} from '#engine/base/kernel/domain/logistic-regression.ts'
import type { HeadSpec, NamedTensor } from '#engine/networks/architecture/training-engine.ts'

/** Described faces with what is known of them. */
export interface DescribedFaces {
  /** `[faces, dimensions]` row by row. */
  readonly descriptors: Float32Array
  readonly dimensions: number
  /** Class indices per task, -1 where missing; age by its bins. */
  readonly labels: ReadonlyMap<Task, Int32Array>
  /** Exact ages, -1 where missing. */
  readonly years: Float32Array
}

/** scikit-learn's C = 0.01 on standardised columns. */
export const probePenalty = 100
/** Far more than the few hundred steps that any head took here. */
const mostSteps = 5000
/** Beside scores that add up to 0: a share below 1e-13, and a loss that leaves the others' to be read in a mean. */
const never = -30
/** Of a year that nobody of its bin was; in people. */
const unseenYear = 0.5

interface FittedHead {
  /** `[numbers, dimensions]` on descriptors as they are. */
  readonly weight: NamedTensor
  readonly bias: NamedTensor
  readonly isConverged: boolean
}

interface LinearHead {
  /** `[classes, dimensions + 1]`, the intercept last. */
  readonly rows: readonly Float64Array[]
  readonly isConverged: boolean
}

/** Classes that nobody learned from get a score that never wins. */
function fitClasses(
  { descriptors, dimensions }: DescribedFaces,
  { labels, classes }: { labels: Int32Array; classes: number },
  { penalty, onStep }: { penalty: number; onStep: () => void },
): LinearHead {
  const learned = Int32Array.from(labels.keys()).filter((row) => (labels[row] ?? -1) >= 0)
  const seen = [...new Set(Array.from(learned, (row) => labels[row] ?? 0))].sort((a, b) => a - b)
  const points = { values: descriptors, dimensions }
  const columns = measureColumns(points, learned)
  const { weights, isConverged } = fitLogistic({
    points: standardiseColumns(points, learned),
    labels: labels.map((label) => (label < 0 ? -1 : seen.indexOf(label))),
    classes: seen.length,
    // Two softmaxes of one pair share the penalty of scikit-learn's one difference.
    penalty: seen.length === 2 ? 2 * penalty : penalty,
    mostSteps,
    onStep,
  })
  const unscale = (at: number): Float64Array => {
    const scaled = weights.subarray(at * (dimensions + 1), (at + 1) * (dimensions + 1))
    const row = new Float64Array(dimensions + 1)
    let intercept = scaled[dimensions] ?? 0
    for (let j = 0; j < dimensions; j++) {
      const deviation = columns.deviation[j] ?? 0
      const weight = deviation === 0 ? 0 : (scaled[j] ?? 0) / deviation
      row[j] = weight
      intercept -= weight * (columns.mean[j] ?? 0)
    }
    row[dimensions] = intercept
    return row
  }
  const rows = Array.from({ length: classes }, (_, label) => {
    const at = seen.indexOf(label)
    if (at >= 0) return unscale(at)
    const absent = new Float64Array(dimensions + 1)
    absent[dimensions] = never
    return absent
  })
  return { rows, isConverged }
}

/**
 * Each year as its bin's logit and the logarithm of its share of the bin's people: the softmax over years then adds up to that of
 * the bins, and its expectation is the age.
 */
function spreadOverYears(bins: readonly Float64Array[], years: Float32Array): Float64Array[] {
  const people = new Float64Array(expectedYearsCount).fill(unseenYear)
  for (const age of years) {
    if (age < 0) continue
    const year = Math.min(expectedYearsCount - 1, Math.floor(age))
    people[year] = (people[year] ?? 0) + 1
  }
  const binOf = Array.from(people, (_, year) => indexOfYears(year))
  return binOf.map((bin, year) => {
    const total = people.reduce((sum, count, other) => sum + (binOf[other] === bin ? count : 0), 0)
    const row = Float64Array.from(bins[bin] ?? [])
    const last = row.length - 1
    row[last] = (row[last] ?? 0) + Math.log((people[year] ?? 0) / total)
    return row
  })
}

const packHead = ({ rows, isConverged }: LinearHead, dimensions: number): FittedHead => ({
  weight: {
    shape: [rows.length, dimensions],
    data: Float32Array.from(rows.flatMap((row) => [...row.subarray(0, dimensions)])),
  },
  bias: { shape: [rows.length], data: Float32Array.from(rows, (row) => row[dimensions] ?? 0) },
  isConverged,
})

/**
 * A head by multinomial logistic regression with an L2 penalty on standardised descriptors, solved to its one minimum; an age head
 * in years is that of the bins, spread over the years as the people of each bin are.
 * @param options.onStep told at each look at all faces; may throw to stop
 */
export function fitHead(
  faces: DescribedFaces,
  { task, classes, readOut = 'class' }: HeadSpec,
  options: { readonly bins: number; readonly penalty: number; readonly onStep: () => void },
): FittedHead {
  const labels = faces.labels.get(task) ?? new Int32Array(faces.years.length).fill(-1)
  if (readOut === 'class') return packHead(fitClasses(faces, { labels, classes }, options), faces.dimensions)
  const { rows, isConverged } = fitClasses(faces, { labels, classes: options.bins }, options)
  return packHead({ rows: spreadOverYears(rows, faces.years), isConverged }, faces.dimensions)
}

/** `[count, numbers]` of one head. */
export function applyHead(
  { weight, bias }: Pick<FittedHead, 'weight' | 'bias'>,
  descriptors: Float32Array,
): Float32Array {
  const [numbers = 0, dimensions = 1] = weight.shape
  const count = descriptors.length / dimensions
  const answers = new Float32Array(count * numbers)
  for (let face = 0; face < count; face++) {
    for (let k = 0; k < numbers; k++) {
      let sum = bias.data[k] ?? 0
      for (let j = 0; j < dimensions; j++)
        sum += (weight.data[k * dimensions + j] ?? 0) * (descriptors[face * dimensions + j] ?? 0)
      answers[face * numbers + k] = sum
    }
  }
  return answers
}
