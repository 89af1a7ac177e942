import type { Data } from 'plotly.js'
import { formatCount, formatEstimate } from '#shared/domain/format.ts'
import { formatCategory, pluralise } from '#renderer/components/format.ts'
import { groupStyleOf } from '#renderer/components/group-style.ts'
import type { PlotColors, PlotFigure, TableCell } from '#renderer/components/plot/plot-figure.ts'
import { taskTitles } from '#renderer/components/task-words.ts'
import type { Estimate } from '#shared/domain/intervals.ts'
import type { EpochRecord } from '#shared/contract/run.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { epochLayout, inPercent, legendBeside, type RunCurves } from './run-curves.ts'

/** Below this many images a group's accuracy says little: its line is dotted and the gap leaves it out. */
const fewestForGroup = 30

interface GroupAccuracy {
  readonly group: string
  readonly accuracy: Estimate
}

function groupsAt(record: EpochRecord, task: Task): GroupAccuracy[] {
  if (task === 'race') return record.raceByGroup
  return record.byRace.flatMap(({ group, [task]: accuracy }) =>
    accuracy === null ? [] : [{ group, accuracy }],
  )
}

/** Tasks whose accuracy by labelled race was measured. */
export function tasksByRace({ epochs }: Pick<RunCurves, 'epochs'>): Task[] {
  const all: readonly Task[] = ['race', 'gender', 'age']
  return all.filter((task) => epochs.some((record) => groupsAt(record, task).length > 0))
}

/** The groups in the order of the model's own labels. */
function listGroups({ epochs, labels }: RunCurves, task: Task): string[] {
  const present = new Set(epochs.flatMap((record) => groupsAt(record, task).map(({ group }) => group)))
  const known = (labels.race ?? []).filter((label) => present.has(label))
  return [...known, ...[...present].filter((group) => !known.includes(group))]
}

interface Span {
  readonly low: number
  readonly high: number
}

/** Lowest and highest group accuracy of an epoch in percent, of the groups that have enough images. */
function spanOf(record: EpochRecord, task: Task): Span | null {
  const values = groupsAt(record, task).flatMap(({ accuracy }) =>
    accuracy.value === null || accuracy.n < fewestForGroup ? [] : [accuracy.value],
  )
  return values.length < 2 ? null : { low: Math.min(...values) * 100, high: Math.max(...values) * 100 }
}

/** Validation accuracy of a task for each labelled race by epoch, with the gap between the best and the worst shaded. */
export function groupFigure(run: RunCurves, colors: PlotColors, task: Task = 'race'): PlotFigure {
  const spans = run.epochs.flatMap((record) => {
    const span = spanOf(record, task)
    return span === null ? [] : [{ epoch: record.epoch, ...span }]
  })
  const groups = listGroups(run, task)
  const last = spans.at(-1)
  const gap =
    last === undefined
      ? ''
      : `; gap ${(last.high - last.low).toFixed(1)} points at epoch ${last.epoch} (shaded)`
  return {
    title: `Validation ${taskTitles[task].toLowerCase()} accuracy by labelled race`,
    note: `${pluralise(groups.length, 'group')}, n = ${formatCount(run.counts.validation)} images; dotted, hollow and left out of the gap below ${fewestForGroup}${gap}`,
    data: [...drawSpan(spans), ...groups.map((group) => drawGroup({ run, task, colors }, group))],
    layout: legendBeside(inPercent(epochLayout(colors, { y: 'Accuracy (%)', epochs: run.config.epochs }))),
    table: {
      columns: ['race', 'epoch', 'accuracy', 'low', 'high', 'n'],
      rows: run.epochs.flatMap((record) =>
        groupsAt(record, task).map(({ group, accuracy }): TableCell[] => [
          group,
          record.epoch,
          accuracy.value,
          accuracy.low,
          accuracy.high,
          accuracy.n,
        ]),
      ),
    },
  }
}

function drawSpan(spans: readonly (Span & { readonly epoch: number })[]): Data[] {
  const edge = {
    type: 'scatter',
    mode: 'lines',
    x: spans.map(({ epoch }) => epoch),
    line: { width: 0 },
    hoverinfo: 'skip',
    showlegend: false,
  } as const
  return [
    { ...edge, y: spans.map(({ low }) => low) },
    {
      ...edge,
      y: spans.map(({ high }) => high),
      fill: 'tonexty',
      fillcolor: 'rgba(127, 133, 142, 0.08)',
    },
  ]
}

interface GroupsDrawn {
  readonly run: RunCurves
  readonly task: Task
  readonly colors: PlotColors
}

function drawGroup({ run, task, colors }: GroupsDrawn, group: string): Data {
  const style = groupStyleOf(group)
  const points = run.epochs.flatMap((record) =>
    groupsAt(record, task).flatMap((one) =>
      one.group === group && one.accuracy.value !== null
        ? [{ epoch: record.epoch, percent: one.accuracy.value * 100, accuracy: one.accuracy }]
        : [],
    ),
  )
  const n = points.at(-1)?.accuracy.n ?? 0
  const isSmall = n < fewestForGroup
  return {
    type: 'scatter',
    mode: 'lines+markers',
    name: `${formatCategory(group)} (n ${formatCount(n)})`,
    x: points.map(({ epoch }) => epoch),
    y: points.map(({ percent }) => percent),
    text: points.map(({ accuracy }) => formatEstimate(accuracy)),
    line: { color: style.color, width: 1, dash: isSmall ? 'dot' : 'solid' },
    marker: {
      symbol: style.shape,
      size: 6,
      color: isSmall ? colors.paper : style.color,
      line: { color: style.outline, width: isSmall ? 1.5 : 1 },
    },
    hovertemplate: `%{text}<extra>${formatCategory(group)}</extra>`,
  }
}
