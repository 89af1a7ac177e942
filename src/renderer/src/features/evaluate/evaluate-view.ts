import { formatEstimate, formatShare } from '#shared/domain/format.ts'
import type { EvaluationDetail, GroupEstimate, TaskEvaluation } from '#shared/contract/evaluation.contract.ts'

export const fewestForEstimate = 30
export const fewestForFullWeight = 100

/** What the hollow marks mean, wherever they stand. */
export const smallGroupLegend = `○ fewer than ${fewestForFullWeight} images: read the interval before the figure`

/** Below 30 images only the count is shown; below 100 the estimate bears a hollow mark. */
export function weighSample(n: number): 'count-only' | 'hollow' | 'full' {
  if (n < fewestForEstimate) return 'count-only'
  return n < fewestForFullWeight ? 'hollow' : 'full'
}

export const hasSmallGroup = (groups: readonly { readonly n: number }[]): boolean =>
  groups.some(({ n }) => weighSample(n) === 'hollow')

/** Older versions had nothing else to compute with. */
export const describeComputing = ({ computedBy }: Pick<EvaluationDetail, 'computedBy'>): string =>
  computedBy === null ? 'ONNX Runtime, float32' : `${computedBy.library}, ${computedBy.arithmetic}`

/** Figures beside the accuracy; evaluations of older versions have none. */
export function describeScores({ balancedAccuracy, macroF1, oneOff }: TaskEvaluation) {
  return [
    { term: 'Balanced accuracy', estimate: balancedAccuracy },
    { term: 'Macro-F1', estimate: macroF1 },
    { term: 'At most one bin off', estimate: oneOff },
  ].flatMap(({ term, estimate }) => (estimate === null ? [] : [{ term, value: formatEstimate(estimate) }]))
}

export const groupings = ['race', 'gender', 'age'] as const
export type Grouping = (typeof groupings)[number]

export function groupsOf(evaluation: TaskEvaluation, grouping: Grouping): GroupEstimate[] {
  return evaluation.byGroup.filter((group) => group.grouping === grouping)
}

/** The gap between the best and the worst group that has enough images, in points; null below two such groups. */
export function findGap(
  groups: readonly GroupEstimate[],
): { readonly points: number; readonly best: string; readonly worst: string } | null {
  const judged = groups
    .flatMap(({ group, value, n }) => (value === null || n < fewestForEstimate ? [] : [{ group, value }]))
    .toSorted((a, b) => b.value - a.value)
  const [best] = judged
  const worst = judged.at(-1)
  if (best === undefined || worst === undefined || judged.length < 2) return null
  return { points: (best.value - worst.value) * 100, best: best.group, worst: worst.group }
}

export interface ConfusionCell {
  readonly count: number
  /** Share of the row, that is of all images with this label; null in an empty row. */
  readonly share: number | null
  readonly isCorrect: boolean
}

export interface ConfusionRow {
  readonly label: string
  readonly total: number
  readonly cells: readonly ConfusionCell[]
}

/** Rows are labels, columns are predictions, both in the order of `labels`. */
export function confusionRows({ labels, counts }: TaskEvaluation['confusion']): ConfusionRow[] {
  return labels.map((label, labelled) => {
    const row = labels.map((_, predicted) => counts[labelled]?.[predicted] ?? 0)
    const total = row.reduce((sum, count) => sum + count, 0)
    return {
      label,
      total,
      cells: row.map((count, predicted) => ({
        count,
        share: total === 0 ? null : count / total,
        isCorrect: labelled === predicted,
      })),
    }
  })
}

export interface CellAnswer {
  readonly probability: number | null
  readonly years: number | null
  readonly labelledYears: number | null
}

/** "probability 91.0%", or "predicted 34.2 years, labelled 30". */
export function nameAnswer({ probability, years, labelledYears }: CellAnswer): string {
  if (years === null) return `probability ${formatShare(probability)}`
  return `predicted ${years.toFixed(1)} years${labelledYears === null ? '' : `, labelled ${labelledYears}`}`
}

/** What stands below an image: "91.0%", or "34.2 / 30" for predicted and labelled years. */
export function shortenAnswer({ probability, years, labelledYears }: CellAnswer): string {
  if (years === null) return formatShare(probability)
  return `${years.toFixed(1)} / ${labelledYears ?? '–'}`
}
