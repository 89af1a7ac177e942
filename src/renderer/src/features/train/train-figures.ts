import type { Data } from 'plotly.js'
import { formatCount, formatEstimate } from '#shared/domain/format.ts'
import { formatCategory, pluralise } from '#renderer/components/format.ts'
import { groupStyleOf } from '#renderer/components/group-style.ts'
import {
  plotLayout,
  type PlotColors,
  type PlotFigure,
  type TableCell,
} from '#renderer/components/plot/plot-figure.ts'
import { taskColors, tasksForReading, taskTitles } from '#renderer/components/task-words.ts'
import type { EpochRecord, RunDetail } from '#shared/contract/run.contract.ts'

type Curves = Pick<RunDetail, 'epochs' | 'steps' | 'counts' | 'config' | 'labels'>

/** Below this many images a group's accuracy says little: its line is dotted and the gap leaves it out. */
const fewestForGroup = 30

function epochAxis(layout: Partial<PlotFigure['layout']>, epochs: number): PlotFigure['layout'] {
  return {
    ...layout,
    xaxis: { ...layout.xaxis, range: [0, epochs + 0.1], dtick: epochs > 12 ? 4 : 1, tick0: 0 },
  }
}

/** Training loss by step and validation loss by epoch, on one axis of epochs. */
export function lossFigure(run: Curves, colors: PlotColors): PlotFigure {
  const validated = run.epochs.filter((record) => record.validationLoss !== null)
  const data: Data[] = [
    {
      type: 'scatter',
      mode: 'lines',
      name: 'Training (one batch)',
      x: run.steps.map((step) => step.epoch),
      y: run.steps.map((step) => step.loss),
      line: { color: colors.dim, width: 1 },
      opacity: 0.7,
      hovertemplate: 'epoch %{x:.2f}: %{y:.4f}<extra>training, one batch</extra>',
    },
    {
      type: 'scatter',
      mode: 'lines+markers',
      name: 'Training (epoch mean)',
      x: run.epochs.map((record) => record.epoch),
      y: run.epochs.map((record) => record.trainLoss),
      line: { color: '#0072B2', width: 2 },
      marker: { symbol: 'circle', size: 6 },
      hovertemplate: 'epoch %{x}: %{y:.4f}<extra>training, mean</extra>',
    },
    {
      type: 'scatter',
      mode: 'lines+markers',
      name: 'Validation',
      x: validated.map((record) => record.epoch),
      y: validated.map((record) => record.validationLoss),
      line: { color: '#D55E00', width: 2 },
      marker: { symbol: 'square', size: 6 },
      hovertemplate: 'epoch %{x}: %{y:.4f}<extra>validation</extra>',
    },
  ]
  return {
    title: 'Loss while training',
    note: `n = ${formatCount(run.counts.train)} training, ${formatCount(run.counts.validation)} validation images`,
    data,
    layout: epochAxis(plotLayout(colors, { x: 'Epoch', y: 'Loss (nats)' }), run.config.epochs),
    table: {
      columns: ['kind', 'epoch', 'loss'],
      rows: [
        ...run.steps.map((step): TableCell[] => ['training batch', step.epoch, step.loss]),
        ...run.epochs.map((record): TableCell[] => ['training mean', record.epoch, record.trainLoss]),
        ...validated.map((record): TableCell[] => ['validation', record.epoch, record.validationLoss]),
      ],
    },
  }
}

const taskMarkers = { race: 'circle', gender: 'square', age: 'diamond' } as const

function percentAxis(layout: Partial<PlotFigure['layout']>): Partial<PlotFigure['layout']> {
  return { ...layout, yaxis: { ...layout.yaxis, range: [0, 100], dtick: 20, ticksuffix: '' } }
}

/** Validation accuracy of each task by epoch. */
export function accuracyFigure(run: Curves, colors: PlotColors): PlotFigure {
  const pointsOf = (task: (typeof tasksForReading)[number]) =>
    run.epochs.flatMap((record) => {
      const accuracy = record.validation[task]?.accuracy
      return accuracy === undefined || accuracy.value === null
        ? []
        : [{ epoch: record.epoch, value: accuracy.value, accuracy }]
    })
  const data = tasksForReading.map((task): Data => {
    const points = pointsOf(task)
    return {
      type: 'scatter',
      mode: 'lines+markers',
      name: taskTitles[task],
      x: points.map((point) => point.epoch),
      y: points.map((point) => point.value * 100),
      text: points.map((point) => formatEstimate(point.accuracy)),
      line: { color: taskColors[task], width: 2 },
      marker: { symbol: taskMarkers[task], size: 6 },
      hovertemplate: `epoch %{x}: %{text}<extra>${taskTitles[task]}</extra>`,
    }
  })
  return {
    title: 'Validation accuracy by task',
    note: `n = ${formatCount(run.counts.validation)} images, those with a label count`,
    data,
    layout: epochAxis(percentAxis(plotLayout(colors, { x: 'Epoch', y: 'Accuracy (%)' })), run.config.epochs),
    table: {
      columns: ['task', 'epoch', 'accuracy', 'low', 'high', 'n'],
      rows: tasksForReading.flatMap((task) =>
        pointsOf(task).map(({ epoch, accuracy }): TableCell[] => [
          task,
          epoch,
          accuracy.value,
          accuracy.low,
          accuracy.high,
          accuracy.n,
        ]),
      ),
    },
  }
}

/** The groups in the order of the model's own labels. */
function groupsOf({ epochs, labels }: Pick<Curves, 'epochs' | 'labels'>): string[] {
  const present = new Set(epochs.flatMap((record) => record.raceByGroup.map(({ group }) => group)))
  const known = (labels.race ?? []).filter((label) => present.has(label))
  return [...known, ...[...present].filter((group) => !known.includes(group))]
}

/** Lowest and highest group accuracy of an epoch in percent, of the groups that have an estimate. */
function spanOf(record: EpochRecord): { readonly low: number; readonly high: number } | null {
  const values = record.raceByGroup.flatMap(({ accuracy }) =>
    accuracy.value === null || accuracy.n < fewestForGroup ? [] : [accuracy.value],
  )
  return values.length < 2 ? null : { low: Math.min(...values) * 100, high: Math.max(...values) * 100 }
}

/** Validation race accuracy of each labelled race by epoch; the gap between the best and worst with 30 images or more is shaded. */
export function groupFigure(run: Curves, colors: PlotColors): PlotFigure {
  const spans = run.epochs.flatMap((record) => {
    const span = spanOf(record)
    return span === null ? [] : [{ epoch: record.epoch, ...span }]
  })
  const edge = {
    type: 'scatter',
    mode: 'lines',
    line: { width: 0 },
    hoverinfo: 'skip',
    showlegend: false,
  } as const
  const groups = groupsOf(run)
  const data: Data[] = [
    { ...edge, x: spans.map((span) => span.epoch), y: spans.map((span) => span.low) },
    {
      ...edge,
      x: spans.map((span) => span.epoch),
      y: spans.map((span) => span.high),
      fill: 'tonexty',
      fillcolor: 'rgba(127, 133, 142, 0.14)',
    },
    ...groups.map((group): Data => {
      const style = groupStyleOf(group)
      const points = run.epochs.flatMap((record) =>
        record.raceByGroup.flatMap((one) =>
          one.group === group && one.accuracy.value !== null
            ? [
                {
                  epoch: record.epoch,
                  percent: one.accuracy.value * 100,
                  n: one.accuracy.n,
                  text: formatEstimate(one.accuracy),
                },
              ]
            : [],
        ),
      )
      const n = points.at(-1)?.n ?? 0
      return {
        type: 'scatter',
        mode: 'lines+markers',
        name: `${formatCategory(group)} (n ${formatCount(n)})`,
        x: points.map((point) => point.epoch),
        y: points.map((point) => point.percent),
        text: points.map((point) => point.text),
        line: { color: style.color, width: 1, dash: n < fewestForGroup ? 'dot' : 'solid' },
        opacity: n < fewestForGroup ? 0.6 : 1,
        marker: {
          symbol: style.shape,
          size: 6,
          color: style.color,
          line: { color: style.outline, width: 1 },
        },
        hovertemplate: `epoch %{x}: %{text}<extra>${formatCategory(group)}</extra>`,
      }
    }),
  ]
  return {
    title: 'Validation race accuracy by labelled race',
    note: `${pluralise(groups.length, 'group')}, n = ${formatCount(run.counts.validation)} images; dotted below ${fewestForGroup}, gap shaded above`,
    data,
    layout: epochAxis(percentAxis(plotLayout(colors, { x: 'Epoch', y: 'Accuracy (%)' })), run.config.epochs),
    table: {
      columns: ['race', 'epoch', 'accuracy', 'low', 'high', 'n'],
      rows: run.epochs.flatMap((record) =>
        record.raceByGroup.map(({ group, accuracy }): TableCell[] => [
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
