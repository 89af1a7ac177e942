import { formatGroup } from '#renderer/components/format.ts'
import type { EvaluationDetail } from '#shared/contract/evaluation.contract.ts'
import type { FairnessResult, GroupFigure, GroupLabels } from '#shared/contract/fairness.contract.ts'
import { formatFigure, formatFigureBounds } from '#shared/derived/describe-fairness.ts'
import { fairnessMetricNames, fairnessMetrics, type FairnessMetric } from '#shared/domain/fairness-metrics.ts'
import { countTimes, formatConfidence, formatCount } from '#shared/domain/format.ts'
import type { Task } from '#shared/domain/tasks.ts'
import type { FairnessSearch } from './fairness-search.ts'
import { groupStyleOf } from '#renderer/components/group-style.ts'
import { drawInterval, layOutRows, plainStyle } from '#renderer/components/plot/interval-rows.ts'
import { plotLayout, type PlotColors, type PlotFigure } from '#renderer/components/plot/plot-figure.ts'
import { partTitles } from '#renderer/components/task-words.ts'

export const labellings = ['race', 'gender', 'age'] as const
export type Labelling = (typeof labellings)[number]

/** What groups are made by, as an address holds it: "race,gender"; race where it holds none. */
export function readBy(text: string | undefined): Labelling[] {
  const named = labellings.filter((one) => (text ?? '').split(',').includes(one))
  return named.length === 0 ? ['race'] : named
}

/** What a system answers with. */
interface Answering {
  readonly hasYears: boolean
  readonly hasProbabilities: boolean
}

/** Metrics that the task has, and those in years or of probabilities only for a system that gives such. */
export function listMetrics(task: Task, { hasYears, hasProbabilities }: Answering): FairnessMetric[] {
  return fairnessMetricNames.filter((name) => {
    const { tasks, ofYears, ofProbabilities } = fairnessMetrics[name]
    return (
      tasks.some((one) => one === task) && (hasYears || !ofYears) && (hasProbabilities || !ofProbabilities)
    )
  })
}

/** Of a test part with how often its pictures were opened. */
export const nameEvaluation = ({ model, split, part, openings }: EvaluationDetail): string =>
  `${model} on ${split}, ${partTitles[part].toLowerCase()}${openings === null ? '' : `, opened ${countTimes(openings)}`}`

const rowLabel = (one: GroupFigure): string => `${formatGroup(one.group)}  n ${formatCount(one.n)}`

/** The race decides the colour and the mark, as on every plot. */
const styleOf = ({ race }: GroupLabels, colors: PlotColors) =>
  race === undefined ? plainStyle(colors) : groupStyleOf(race)

/** Groups that have images, in the order of their labels. */
export const listShown = ({ groups }: FairnessResult): GroupFigure[] => groups.filter(({ n }) => n > 0)

/** Whether a group is one of those that a result is of: an address may still name one of another grouping. */
export const isGroupedBy = (group: GroupLabels, { by }: Pick<FairnessResult, 'by'>): boolean =>
  labellings.every((one) => (group[one] !== undefined) === by.includes(one))

/** Whose answers a result is of. */
export function sourceOf({ evaluationId, baselineId }: Pick<FairnessResult, 'evaluationId' | 'baselineId'>) {
  if (evaluationId !== null) return { evaluationId }
  if (baselineId !== null) return { baselineId }
  throw new RangeError('A result is of an evaluation or a baseline')
}

/** The metric that an address names, where the task and the system have it. */
export const findMetric = (
  answering: Answering,
  task: Task,
  named: FairnessMetric | undefined,
): FairnessMetric => listMetrics(task, answering).find((one) => one === named) ?? 'accuracy'

/** What an address asks of intervals and verdicts; what it does not name is left to the engine. */
export const readOptions = ({ margin, confidence, correction, together, undetected }: FairnessSearch) => ({
  ...(margin === undefined ? {} : { margin }),
  ...(confidence === undefined ? {} : { confidence }),
  ...(correction === undefined ? {} : { correction }),
  ...(together === true ? { intervals: 'simultaneous' as const } : {}),
  ...(undetected === undefined ? {} : { undetected }),
})

interface Asked {
  readonly evaluationId?: number | null
  readonly baselineId?: number | null
  readonly task: Task
}

/** What is shown until figures come: those before, where they are of the same evaluation and task, else none. */
export function keepShown<Shown extends Asked>(shown: Shown | undefined, asked: Asked): Shown | undefined {
  const isSame =
    (shown?.evaluationId ?? null) === (asked.evaluationId ?? null) &&
    (shown?.baselineId ?? null) === (asked.baselineId ?? null)
  return isSame && shown?.task === asked.task ? shown : undefined
}

/** A dot with its interval for every group that has a figure, hollow below 100 images; the figure of everyone as a line. */
export function fairnessFigure(result: FairnessResult, colors: PlotColors): PlotFigure {
  const { metric, overall, by } = result
  const { title, unit } = fairnessMetrics[metric]
  const scale = unit === 'share' ? 100 : 1
  const shown = listShown(result)
  const drawn = shown.filter(({ value }) => value !== null)
  const layout = plotLayout(colors, { x: unit === 'share' ? `${title} (%)` : `${title} (${unit})`, y: '' })
  const data = drawn.map((one) => {
    const value = one.value ?? 0
    return drawInterval(
      {
        name: formatGroup(one.group),
        row: rowLabel(one),
        value: value * scale,
        low: (one.low ?? value) * scale,
        high: (one.high ?? value) * scale,
        style: styleOf(one.group, colors),
        isHollow: one.shown === 'wide',
        hover: `${formatFigure(one.value, metric)} ${formatFigureBounds(one, metric)}, n = ${formatCount(one.n)}, people ${formatCount(one.identities)}`,
      },
      colors,
    )
  })
  return {
    title: `${title} by labelled ${by.join(' and ')}`,
    note: `${formatConfidence(result.confidence)} intervals over people, n = ${formatCount(overall.n)}; line: overall ${formatFigure(overall.value, metric)}; hollow: fewer than 100 images`,
    data,
    layout: layOutRows(
      layout,
      { rows: drawn.map(rowLabel), overall: overall.value === null ? null : overall.value * scale },
      colors,
    ),
    table: {
      columns: [...by, metric, 'low', 'high', 'n', 'people', 'shown', 'shrunken'],
      rows: shown.map((one) => [
        ...by.map((labelling) => one.group[labelling] ?? ''),
        one.value,
        one.low,
        one.high,
        one.n,
        one.identities,
        one.shown,
        one.shrunken,
      ]),
    },
  }
}
