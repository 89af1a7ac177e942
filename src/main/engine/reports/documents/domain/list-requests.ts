import type { EvaluationId } from '#shared/contract/base.contract.ts'
import type { FairnessMetric } from '#shared/domain/fairness-metrics.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { Grouping } from '#engine/assessment/metrics/domain/measure.ts'

/** One table of a report: figures of the groups of one labelling or crossing. */
export interface GroupTable {
  readonly metric: FairnessMetric
  readonly label?: string
  readonly by: Grouping[]
  /** Whether the gap that chance gives, or an interval that wants resampling, is asked for. */
  readonly isDrawn: boolean
}

const singles: readonly Grouping[][] = [['race'], ['gender'], ['age']]
const crossed: readonly Grouping[][] = [
  ['race', 'gender'],
  ['race', 'gender', 'age'],
]

/** Pairs of that many cells fill books, and none of them has the images to tell them apart. */
export const leavesOutPairs = (by: readonly Grouping[]): boolean => by.length > 2

/** What the answers to a task have beside labels. */
interface AnswersHave {
  readonly labels: readonly string[]
  readonly probabilities: boolean
  readonly years: boolean
}

/** The tables of a task, the same for every evaluation of it: no table is chosen by what it shows. */
export function listTables(task: Task, has: AnswersHave): GroupTable[] {
  const accuracy = [...singles, ...crossed].map((by) => ({ metric: 'accuracy' as const, by, isDrawn: true }))
  const [male, female] = has.labels
  const rates: GroupTable[] =
    task === 'gender' && male !== undefined && female !== undefined
      ? [male, female].map((label) => ({
          metric: 'truePositiveRate' as const,
          label,
          by: ['race' as const],
          isDrawn: false,
        }))
      : []
  const sure: GroupTable[] = has.probabilities
    ? [{ metric: 'calibrationError', by: ['race'], isDrawn: true }]
    : []
  const leaning: GroupTable[] =
    has.probabilities && task === 'gender' && female !== undefined
      ? [{ metric: 'classCalibrationError', label: female, by: ['race'], isDrawn: true }]
      : []
  const years: GroupTable[] =
    task === 'age' && has.years
      ? [
          ...singles.map((by) => ({ metric: 'meanAbsoluteError' as const, by, isDrawn: true })),
          ...singles.map((by) => ({ metric: 'bias' as const, by, isDrawn: false })),
        ]
      : []
  return [...accuracy, ...rates, ...sure, ...leaning, ...years]
}

/** What the fairness service is asked for a table. */
export const askTable = (
  evaluationId: EvaluationId,
  task: Task,
  { table, draws }: { readonly table: GroupTable; readonly draws: number },
) => ({
  evaluationId,
  undetected: 'counted' as const,
  task,
  metric: table.metric,
  ...(table.label === undefined ? {} : { label: table.label }),
  by: table.by,
  correction: 'holm' as const,
  confidence: 0.95,
  intervals: 'each' as const,
  draws: table.isDrawn ? draws : 0,
  seed: 1,
})
