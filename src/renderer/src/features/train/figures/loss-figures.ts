import type { Data } from 'plotly.js'
import { formatCount } from '#shared/domain/format.ts'
import type { PlotColors, PlotFigure, TableCell } from '#renderer/components/plot/plot-figure.ts'
import { taskColors, tasksForReading, taskTitles } from '#renderer/components/task-words.ts'
import { epochLayout, taskMarkers, type RunCurves } from './run-curves.ts'
import { smooth } from './smooth.ts'

/** Cross-entropies are in nats; a loss of years, or a sum with one, has no unit of its own. */
function nameLoss({ config }: RunCurves): string {
  const hasYears =
    config.tasks.includes('age') && config.age.target === 'years' && config.age.loss !== 'cross-entropy'
  const isWeighed = config.tasks.length > 1 && config.combination.kind !== 'sum'
  return hasYears || isWeighed ? 'Loss (as combined)' : 'Loss (nats)'
}

function noteCounts({ counts }: RunCurves): string {
  return `n = ${formatCount(counts.train)} training, ${formatCount(counts.validation)} validation images`
}

/** Training loss by step and validation loss by epoch, on one axis of epochs. */
export function lossFigure(run: RunCurves, colors: PlotColors, smoothing = 0): PlotFigure {
  const validated = run.epochs.filter((record) => record.validationLoss !== null)
  const smoothed = smooth(
    run.steps.map((step) => step.loss),
    smoothing,
  )
  const data: Data[] = [
    {
      type: 'scatter',
      mode: 'lines',
      name: 'One batch',
      x: run.steps.map((step) => step.epoch),
      y: run.steps.map((step) => step.loss),
      line: { color: colors.dim, width: 1 },
      opacity: smoothing === 0 ? 0.7 : 0.35,
      hovertemplate: '%{y:.4f}<extra>training, one batch</extra>',
    },
    ...(smoothing === 0
      ? []
      : [
          {
            type: 'scatter',
            mode: 'lines',
            name: `Batches, smoothed ${smoothing}`,
            x: run.steps.map((step) => step.epoch),
            y: smoothed,
            line: { color: colors.dim, width: 2 },
            hovertemplate: '%{y:.4f}<extra>training, smoothed</extra>',
          } as const,
        ]),
    {
      type: 'scatter',
      mode: 'lines+markers',
      name: 'Training mean',
      x: run.epochs.map((record) => record.epoch),
      y: run.epochs.map((record) => record.trainLoss),
      line: { color: '#0072B2', width: 2 },
      marker: { symbol: 'circle', size: 6 },
      hovertemplate: '%{y:.4f}<extra>training, mean</extra>',
    },
    {
      type: 'scatter',
      mode: 'lines+markers',
      name: 'Validation',
      x: validated.map((record) => record.epoch),
      y: validated.map((record) => record.validationLoss),
      line: { color: '#D55E00', width: 2 },
      marker: { symbol: 'square', size: 6 },
      hovertemplate: '%{y:.4f}<extra>validation</extra>',
    },
  ]
  return {
    title: 'Loss while training',
    note: noteCounts(run),
    data,
    layout: epochLayout(colors, { y: nameLoss(run), epochs: run.config.epochs }),
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

const parts = [
  { key: 'trainLosses', word: 'training', dash: 'solid' },
  { key: 'validationLosses', word: 'validation', dash: 'dash' },
] as const

/** Each task's own loss, in training and on the validation part. */
export function taskLossFigure(run: RunCurves, colors: PlotColors): PlotFigure {
  const curves = tasksForReading.flatMap((task) =>
    parts.map((part) => {
      const points = run.epochs.flatMap((record) => {
        const value = record[part.key]?.[task] ?? null
        return value === null ? [] : [{ epoch: record.epoch, value }]
      })
      return { task, part, points }
    }),
  )
  const drawn = curves.filter(({ points }) => points.length > 0)
  return {
    title: 'Loss of each task',
    note: `${noteCounts(run)}; validation dashed`,
    data: drawn.map(({ task, part, points }): Data => ({
      type: 'scatter',
      mode: 'lines+markers',
      name: taskTitles[task],
      legendgroup: task,
      // The dash says which part; a legend of both would take more room than the plot.
      showlegend: part.key === 'trainLosses',
      x: points.map(({ epoch }) => epoch),
      y: points.map(({ value }) => value),
      line: { color: taskColors[task], width: 2, dash: part.dash },
      marker: { symbol: taskMarkers[task], size: 5 },
      hovertemplate: `%{y:.4f}<extra>${taskTitles[task]}, ${part.word}</extra>`,
    })),
    layout: epochLayout(colors, {
      y: run.config.age.target === 'years' ? "Loss (each task's own)" : 'Loss (nats)',
      epochs: run.config.epochs,
    }),
    table: {
      columns: ['task', 'part', 'epoch', 'loss'],
      rows: drawn.flatMap(({ task, part, points }) =>
        points.map(({ epoch, value }): TableCell[] => [task, part.word, epoch, value]),
      ),
    },
  }
}
