import type { Task } from './tasks.ts'

interface MetricWords {
  readonly title: string
  /** Whether a larger figure is the better one; null where neither end is. */
  readonly better: 'larger' | 'smaller' | null
  readonly unit: 'share' | 'years' | 'years per year'
  /** Whether it is of one label against all others. */
  readonly ofLabel: boolean
  /** Whether it wants answers in years. */
  readonly ofYears: boolean
  /** Whether it wants a probability of every label, which stored answers of other systems do not give. */
  readonly ofProbabilities: boolean
  readonly tasks: readonly Task[]
}

const all: readonly Task[] = ['race', 'gender', 'age']
const whole = { unit: 'share', ofLabel: false, ofYears: false, ofProbabilities: false, tasks: all } as const
const perLabel = { ...whole, ofLabel: true }
const ofProbabilities = true
const perYears = { ...whole, ofYears: true, tasks: ['age'] as readonly Task[] }

/** What groups can be compared by, in the order in which it is offered. */
export const fairnessMetrics = {
  accuracy: { ...whole, title: 'Accuracy', better: 'larger' },
  balancedAccuracy: { ...whole, title: 'Balanced accuracy', better: 'larger' },
  macroF1: { ...whole, title: 'Macro-F1', better: 'larger' },
  top2: { ...whole, ofProbabilities, title: 'Top-2 accuracy', better: 'larger' },
  oneOff: { ...whole, title: 'At most one bin off', better: 'larger', tasks: ['age'] },
  brier: { ...whole, ofProbabilities, title: 'Brier score', better: 'smaller' },
  calibrationError: { ...whole, ofProbabilities, title: 'Calibration error, top label', better: 'smaller' },
  truePositiveRate: { ...perLabel, title: 'True positive rate (equal opportunity)', better: 'larger' },
  falsePositiveRate: { ...perLabel, title: 'False positive rate', better: 'smaller' },
  falseNegativeRate: { ...perLabel, title: 'False negative rate', better: 'smaller' },
  precision: { ...perLabel, title: 'Precision (predictive parity)', better: 'larger' },
  selectionRate: { ...perLabel, title: 'Selection rate (demographic parity)', better: null },
  classCalibrationError: {
    ...perLabel,
    ofProbabilities,
    title: 'Calibration error of the label',
    better: 'smaller',
  },
  meanAbsoluteError: { ...perYears, title: 'Mean absolute error', unit: 'years', better: 'smaller' },
  rootMeanSquareError: { ...perYears, title: 'Root mean square error', unit: 'years', better: 'smaller' },
  bias: { ...perYears, title: 'Bias', unit: 'years', better: null },
  within5: { ...perYears, title: 'At most 5 years off', better: 'larger' },
  errorSlope: { ...perYears, title: 'Bias per year of age', unit: 'years per year', better: null },
} as const satisfies Record<string, MetricWords>

export type FairnessMetric = keyof typeof fairnessMetrics
export const fairnessMetricNames = Object.keys(fairnessMetrics) as [FairnessMetric, ...FairnessMetric[]]

/** Differences up to this are called alike unless told otherwise: five points, a year, or half a year in ten years of age. */
export const defaultMarginOf = (metric: FairnessMetric): number =>
  fairnessMetrics[metric].unit === 'years' ? 1 : 0.05

/** Below so many images a group has its count alone, and below the second its figure is greyed. */
export const fewestForFigure = 30
export const fewestForFullWeight = 100

export const shownStates = ['yes', 'wide', 'counts only'] as const
export type Shown = (typeof shownStates)[number]

/** How a group of so many images is shown, in the window and everywhere else. */
export function weighGroup(n: number): Shown {
  if (n < fewestForFigure) return 'counts only'
  return n < fewestForFullWeight ? 'wide' : 'yes'
}
/** Why a group's figure is greyed or missing, in a sentence; null where it is neither. */
export function explainShown(shown: Shown, n: number): string | null {
  if (shown === 'counts only')
    return `${n} images: below ${fewestForFigure} no figure is given, since chance alone would move it by tens of points.`
  if (shown === 'wide')
    return `${n} images: below ${fewestForFullWeight} read the interval before the figure.`
  return null
}
