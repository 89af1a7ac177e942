import type { Data } from 'plotly.js'
import { formatCount } from '#shared/domain/format.ts'
import { pluralise } from '#renderer/components/format.ts'
import type { PlotColors, PlotFigure, TableCell } from '#renderer/components/plot/plot-figure.ts'
import { taskColors, tasksForReading, taskTitles } from '#renderer/components/task-words.ts'
import type { EpochRecord } from '#shared/contract/run.contract.ts'
import { epochLayout, onLogScale, taskMarkers, type RunCurves } from './run-curves.ts'

interface Series {
  readonly title: string
  readonly axis: string
  readonly column: string
  readonly isLog: boolean
  readonly format: string
  readonly read: (record: EpochRecord) => number | null
}

/** One value an epoch, as a line. */
function drawSeries(run: RunCurves, colors: PlotColors, series: Series): PlotFigure {
  const points = run.epochs.flatMap((record) => {
    const value = series.read(record)
    return value === null ? [] : [{ epoch: record.epoch, value }]
  })
  const layout = epochLayout(colors, { y: series.axis, epochs: run.config.epochs })
  const canBeLog = series.isLog && points.every(({ value }) => value > 0)
  return {
    title: series.title,
    note: `n = ${pluralise(points.length, 'epoch')}`,
    data: [
      {
        type: 'scatter',
        mode: 'lines+markers',
        name: series.title,
        x: points.map(({ epoch }) => epoch),
        y: points.map(({ value }) => value),
        line: { color: '#0072B2', width: 2 },
        marker: { symbol: 'circle', size: 5 },
        hovertemplate: `%{y:${series.format}}<extra></extra>`,
      },
    ],
    layout: { ...(canBeLog ? onLogScale(layout) : layout), showlegend: false },
    table: {
      columns: ['epoch', series.column],
      rows: points.map(({ epoch, value }): TableCell[] => [epoch, value]),
    },
  }
}

export function learningRateFigure(run: RunCurves, colors: PlotColors): PlotFigure {
  return drawSeries(run, colors, {
    title: 'Learning rate at the end of each epoch',
    axis: 'Learning rate (log scale)',
    column: 'learning_rate',
    isLog: true,
    format: '.3g',
    read: (record) => record.learningRate,
  })
}

/** The largest norm of an epoch's steps: a jump here comes before a loss that runs away. */
export function gradientFigure(run: RunCurves, colors: PlotColors): PlotFigure {
  return drawSeries(run, colors, {
    title: 'Largest gradient norm of each epoch',
    axis: 'Norm of all gradients (log scale)',
    column: 'gradient_norm',
    isLog: true,
    format: '.4g',
    read: (record) => record.gradientNorm,
  })
}

export function speedFigure(run: RunCurves, colors: PlotColors): PlotFigure {
  const waited = run.epochs.map(({ feederWaitSeconds, seconds }) =>
    seconds === 0 ? 0 : (feederWaitSeconds / seconds) * 100,
  )
  const base = drawSeries(run, colors, {
    title: 'Speed of each epoch',
    axis: 'Images a second',
    column: 'images_per_second',
    isLog: false,
    format: '.4g',
    read: (record) => record.imagesPerSecond,
  })
  const wait: Data = {
    type: 'scatter',
    mode: 'lines',
    name: 'Waiting (%)',
    x: run.epochs.map(({ epoch }) => epoch),
    y: waited,
    yaxis: 'y2',
    line: { color: '#E69F00', width: 1.5, dash: 'dash' },
    hovertemplate: '%{y:.1f}% of the time<extra>waiting for images</extra>',
  }
  return {
    ...base,
    data: [...base.data.map((trace): Data => ({ ...trace, name: 'Images/s' })), wait],
    layout: {
      ...base.layout,
      showlegend: true,
      yaxis: { ...base.layout.yaxis, rangemode: 'tozero' },
      yaxis2: {
        title: { text: 'Waiting (%)', font: { size: 11, color: colors.dim }, standoff: 8 },
        tickfont: { size: 11, color: colors.dim },
        overlaying: 'y',
        side: 'right',
        range: [0, 100],
        tickmode: 'linear',
        tick0: 0,
        dtick: 25,
        showgrid: false,
        zeroline: false,
        automargin: true,
      },
    },
    table: {
      columns: ['epoch', 'images_per_second', 'waiting_percent', 'memory_bytes'],
      rows: run.epochs.map((record, index): TableCell[] => [
        record.epoch,
        record.imagesPerSecond,
        waited[index] ?? null,
        record.memoryBytes,
      ]),
    },
  }
}

/** The factor of each task's loss in the total. */
export function lossWeightsFigure(run: RunCurves, colors: PlotColors): PlotFigure {
  const curves = tasksForReading.flatMap((task) => {
    const points = run.epochs.flatMap(({ epoch, lossWeights }) => {
      const value = lossWeights?.[task] ?? null
      return value === null ? [] : [{ epoch, value }]
    })
    return points.length === 0 ? [] : [{ task, points }]
  })
  return {
    title: 'Weight of each task in the loss',
    note: `Means over the steps of ${formatCount(run.epochs.length)} epochs`,
    data: curves.map(({ task, points }): Data => ({
      type: 'scatter',
      mode: 'lines+markers',
      name: taskTitles[task],
      x: points.map(({ epoch }) => epoch),
      y: points.map(({ value }) => value),
      line: { color: taskColors[task], width: 2 },
      marker: { symbol: taskMarkers[task], size: 5 },
      hovertemplate: `%{y:.4g}<extra>${taskTitles[task]}</extra>`,
    })),
    layout: epochLayout(colors, { y: 'Factor', epochs: run.config.epochs }),
    table: {
      columns: ['task', 'epoch', 'weight'],
      rows: curves.flatMap(({ task, points }) =>
        points.map(({ epoch, value }): TableCell[] => [task, epoch, value]),
      ),
    },
  }
}

export function hasGradientNorms({ epochs }: Pick<RunCurves, 'epochs'>): boolean {
  return epochs.some(({ gradientNorm }) => gradientNorm !== null)
}

export function hasLossWeights({ epochs }: Pick<RunCurves, 'epochs'>): boolean {
  return epochs.some(({ lossWeights }) => lossWeights !== null)
}
