import { AppError } from '#shared/contract/errors.ts'
import { fairnessMetrics, type FairnessMetric } from '#shared/domain/fairness-metrics.ts'
import { calibrationError } from '#engine/assessment/metrics/domain/calibration.ts'
import type { TaskRecords } from '#engine/assessment/metrics/domain/records.ts'
import {
  classMetrics,
  taskMetrics,
  yearsMetrics,
  type SumMetric,
} from '#engine/assessment/metrics/domain/sum-metrics.ts'

const makers: Readonly<Record<FairnessMetric, (records: TaskRecords, label: number) => SumMetric>> = {
  ...taskMetrics,
  calibrationError: (records) => calibrationError(records, 'top-label'),
  truePositiveRate: classMetrics.truePositiveRate,
  falsePositiveRate: classMetrics.falsePositiveRate,
  falseNegativeRate: classMetrics.falseNegativeRate,
  precision: classMetrics.precision,
  selectionRate: classMetrics.selectionRate,
  classCalibrationError: (records, label) => calibrationError(records, { label }),
  meanAbsoluteError: yearsMetrics.meanAbsoluteError,
  rootMeanSquareError: yearsMetrics.rootMeanSquareError,
  bias: yearsMetrics.bias,
  within5: (records) => yearsMetrics.cumulativeScore(records, 5),
  errorSlope: yearsMetrics.errorSlope,
}

export interface MetricChoice {
  readonly metric: FairnessMetric
  readonly label?: string | undefined
}

/**
 * The metric over a task's answers.
 * @returns `label` null where the metric is of all labels
 * @throws AppError INVALID_INPUT for a metric that the task or the model has none of, or a label that it does not know
 */
export function chooseMetric(
  records: TaskRecords,
  choice: MetricChoice,
): { metric: SumMetric; label: string | null } {
  const words = fairnessMetrics[choice.metric]
  const refuse = (reason: string): AppError =>
    new AppError('INVALID_INPUT', reason, { details: { metric: choice.metric, task: records.task } })
  if (!words.tasks.some((task) => task === records.task)) {
    throw refuse(`${words.title} is a metric of ${words.tasks.join(' and ')}, not of ${records.task}.`)
  }
  if (words.ofYears && records.years === undefined) {
    throw refuse(`${words.title} wants ages in years. This model answers in bins: choose accuracy or oneOff.`)
  }
  if (words.ofProbabilities && records.probabilities === undefined) {
    throw refuse(
      `${words.title} wants a probability of every label. These answers are labels alone: choose accuracy or balancedAccuracy.`,
    )
  }
  const label = words.ofLabel ? (choice.label ?? records.labels[0] ?? null) : null
  const index = label === null ? -1 : records.labels.indexOf(label)
  if (label !== null && index < 0) {
    throw refuse(
      `There is no label "${label}" for ${records.task}. Choose one of ${records.labels.join(', ')}.`,
    )
  }
  return { metric: makers[choice.metric](records, index), label }
}
