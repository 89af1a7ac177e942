import type { TaskRecords } from './records.ts'

/** Adds what one image brings to a metric to `into` from `at` on. */
export type AddImage = (image: number, into: Float64Array, at: number) => void

/**
 * A metric that is a function of sums over images: sums of any group, resample or permutation give it, so that one pass
 * over the images serves them all.
 */
export interface SumMetric {
  /** Sums that it needs. */
  readonly width: number
  /**
   * What it is to its intervals: a share of images, a mean, a smooth function of sums, or one with corners, which only
   * resampling can judge.
   */
  readonly kind: 'share' | 'mean' | 'smooth' | 'rough'
  readonly unit: 'share' | 'years' | 'years per year'
  readonly add: AddImage
  /** NaN where it is not defined, as a recall without a labelled image. */
  readonly value: (sums: Float64Array, at: number) => number
  /** Images that it is of. */
  readonly count: (sums: Float64Array, at: number) => number
}

const at = (sums: Float64Array, index: number): number => sums[index] ?? 0

/** Images that meet a condition among those that are asked. */
export function shareMetric(
  isAsked: (image: number) => boolean,
  isMet: (image: number) => boolean,
): SumMetric {
  return {
    width: 2,
    kind: 'share',
    unit: 'share',
    add: (image, into, first) => {
      if (!isAsked(image)) return
      into[first] = at(into, first) + (isMet(image) ? 1 : 0)
      into[first + 1] = at(into, first + 1) + 1
    },
    value: (sums, first) => at(sums, first) / at(sums, first + 1),
    count: (sums, first) => at(sums, first + 1),
  }
}

/** The mean of a number per image; images whose number is NaN count nowhere. */
export function meanMetric(measure: (image: number) => number, unit: SumMetric['unit']): SumMetric {
  return {
    width: 2,
    kind: 'mean',
    unit,
    add: (image, into, first) => {
      const value = measure(image)
      if (Number.isNaN(value)) return
      into[first] = at(into, first) + value
      into[first + 1] = at(into, first + 1) + 1
    },
    value: (sums, first) => at(sums, first) / at(sums, first + 1),
    count: (sums, first) => at(sums, first + 1),
  }
}

/** Sums of a confusion: right, labelled and predicted per class. */
function confusionMetric(
  { labels, labelled, predicted }: TaskRecords,
  score: (counts: { right: number; labelled: number; predicted: number }) => number,
): SumMetric {
  const classes = labels.length
  return {
    width: 3 * classes,
    kind: 'smooth',
    unit: 'share',
    add: (image, into, first) => {
      const [label, answer] = [labelled[image] ?? -1, predicted[image] ?? -1]
      if (label < 0) return
      if (label === answer) into[first + label] = at(into, first + label) + 1
      into[first + classes + label] = at(into, first + classes + label) + 1
      if (answer >= 0) into[first + 2 * classes + answer] = at(into, first + 2 * classes + answer) + 1
    },
    value: (sums, first) => {
      let [total, defined] = [0, 0]
      for (let label = 0; label < classes; label++) {
        const value = score({
          right: at(sums, first + label),
          labelled: at(sums, first + classes + label),
          predicted: at(sums, first + 2 * classes + label),
        })
        if (Number.isNaN(value)) continue
        total += value
        defined += 1
      }
      return total / defined
    },
    count: (sums, first) => {
      let n = 0
      for (let label = 0; label < classes; label++) n += at(sums, first + classes + label)
      return n
    },
  }
}

const isLabelled =
  ({ labelled }: TaskRecords) =>
  (image: number) =>
    (labelled[image] ?? -1) >= 0

/** Metrics of a task's answers as a whole. */
export const taskMetrics = {
  accuracy: (records: TaskRecords) =>
    shareMetric(isLabelled(records), (image) => records.labelled[image] === records.predicted[image]),
  /** Mean recall over the labels that occur, as scikit-learn's `balanced_accuracy_score`. */
  balancedAccuracy: (records: TaskRecords) =>
    confusionMetric(records, ({ right, labelled }) => right / labelled),
  /** Mean F1 over the labels that occur or are answered, as scikit-learn's `f1_score(average='macro')`. */
  macroF1: (records: TaskRecords) =>
    confusionMetric(records, ({ right, labelled, predicted }) => (2 * right) / (labelled + predicted)),
  /** Share of answers at most one class off, for labels that follow each other. */
  oneOff: (records: TaskRecords) =>
    shareMetric(isLabelled(records), (image) => {
      const answer = records.predicted[image] ?? -1
      return answer >= 0 && Math.abs((records.labelled[image] ?? 0) - answer) <= 1
    }),
  /** Share of images whose label is among the two most probable answers. */
  top2: (records: TaskRecords) =>
    shareMetric(
      (image) => isLabelled(records)(image) && hasProbabilities(records, image),
      (image) => rankOfLabel(records, image) < 2,
    ),
  /** Mean over images of the summed squares of probability less outcome, over all classes (Brier 1950): 0 to 2. */
  brier: (records: TaskRecords) => meanMetric((image) => brierOf(records, image), 'share'),
} as const

/** Metrics of one class against all others. */
export const classMetrics = {
  /** True positive rate: of images with the label, those answered so. Undefined without such an image. */
  truePositiveRate: (records: TaskRecords, label: number) =>
    shareMetric(
      (image) => records.labelled[image] === label,
      (image) => records.predicted[image] === label,
    ),
  falseNegativeRate: (records: TaskRecords, label: number) =>
    shareMetric(
      (image) => records.labelled[image] === label,
      (image) => records.predicted[image] !== label,
    ),
  falsePositiveRate: (records: TaskRecords, label: number) =>
    shareMetric(
      (image) => isLabelled(records)(image) && records.labelled[image] !== label,
      (image) => records.predicted[image] === label,
    ),
  trueNegativeRate: (records: TaskRecords, label: number) =>
    shareMetric(
      (image) => isLabelled(records)(image) && records.labelled[image] !== label,
      (image) => records.predicted[image] !== label,
    ),
  precision: (records: TaskRecords, label: number) =>
    shareMetric(
      (image) => isLabelled(records)(image) && records.predicted[image] === label,
      (image) => records.labelled[image] === label,
    ),
  /** Share of all labelled images that are answered so. */
  selectionRate: (records: TaskRecords, label: number) =>
    shareMetric(isLabelled(records), (image) => records.predicted[image] === label),
} as const

/** Metrics of predicted less exact labelled years. */
export const yearsMetrics = {
  meanAbsoluteError: (records: TaskRecords) =>
    meanMetric((image) => Math.abs(residualOf(records, image)), 'years'),
  bias: (records: TaskRecords) => meanMetric((image) => residualOf(records, image), 'years'),
  rootMeanSquareError: (records: TaskRecords): SumMetric => ({
    ...meanMetric((image) => residualOf(records, image) ** 2, 'years'),
    kind: 'smooth',
    value: (sums, first) => Math.sqrt(at(sums, first) / at(sums, first + 1)),
  }),
  /** Cumulative score CS@k: share of ages at most `years` off. */
  cumulativeScore: (records: TaskRecords, years: number) =>
    shareMetric(
      (image) => !Number.isNaN(residualOf(records, image)),
      (image) => Math.abs(residualOf(records, image)) <= years,
    ),
  /**
   * Least-squares slope of the error on the labelled age: below 0 where answers lean to the middle, the old taken for
   * younger and the young for older.
   */
  errorSlope: (records: TaskRecords): SumMetric => ({
    width: 5,
    kind: 'smooth',
    unit: 'years per year',
    add: (image, into, first) => {
      const error = residualOf(records, image)
      if (Number.isNaN(error)) return
      const age = records.years?.labelled[image] ?? 0
      const parts = [1, age, age * age, error, age * error]
      parts.forEach((part, index) => {
        into[first + index] = at(into, first + index) + part
      })
    },
    value: (sums, first) => {
      const [n, x, xx, e, xe] = [0, 1, 2, 3, 4].map((index) => at(sums, first + index))
      const spread = (n ?? 0) * (xx ?? 0) - (x ?? 0) ** 2
      return spread > 0 ? ((n ?? 0) * (xe ?? 0) - (x ?? 0) * (e ?? 0)) / spread : Number.NaN
    },
    count: (sums, first) => at(sums, first),
  }),
} as const

export function residualOf({ years }: TaskRecords, image: number): number {
  return (years?.predicted[image] ?? Number.NaN) - (years?.labelled[image] ?? Number.NaN)
}

const hasProbabilities = ({ probabilities, labels }: TaskRecords, image: number): boolean =>
  probabilities !== undefined && !Number.isNaN(probabilities[image * labels.length] ?? Number.NaN)

/** How many answers are more probable than the label; of equals the one that stands first goes before. */
function rankOfLabel({ probabilities, labels, labelled }: TaskRecords, image: number): number {
  const first = image * labels.length
  const label = labelled[image] ?? 0
  const own = probabilities?.[first + label] ?? 0
  let before = 0
  for (let other = 0; other < labels.length; other++) {
    const value = probabilities?.[first + other] ?? 0
    if (value > own || (value === own && other < label)) before += 1
  }
  return before
}

function brierOf(records: TaskRecords, image: number): number {
  const { probabilities, labels, labelled } = records
  const label = labelled[image] ?? -1
  if (label < 0 || !hasProbabilities(records, image)) return Number.NaN
  let sum = 0
  for (let other = 0; other < labels.length; other++) {
    sum += ((probabilities?.[image * labels.length + other] ?? 0) - (other === label ? 1 : 0)) ** 2
  }
  return sum
}
