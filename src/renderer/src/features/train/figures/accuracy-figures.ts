import type { Data } from 'plotly.js'
import { formatCount, formatEstimate } from '#shared/domain/format.ts'
import type { PlotColors, PlotFigure, TableCell } from '#renderer/components/plot/plot-figure.ts'
import { taskColors, tasksForReading, taskTitles } from '#renderer/components/task-words.ts'
import type { Task } from '#shared/domain/tasks.ts'
import { bandOpacity, epochLayout, fade, inPercent, taskMarkers, type RunCurves } from './run-curves.ts'

function pointsOf(run: RunCurves, task: Task) {
  return run.epochs.flatMap(({ epoch, validation }) => {
    const accuracy = validation[task]?.accuracy
    return accuracy === undefined || accuracy.value === null
      ? []
      : [{ epoch, value: accuracy.value, accuracy }]
  })
}

/** Validation accuracy of each task by epoch, with its 95 % interval as a band. */
export function accuracyFigure(run: RunCurves, colors: PlotColors): PlotFigure {
  const data = tasksForReading.flatMap((task): Data[] => {
    const points = pointsOf(run, task)
    if (points.length === 0) return []
    const edge = {
      type: 'scatter',
      mode: 'lines',
      x: points.map(({ epoch }) => epoch),
      line: { width: 1, dash: 'dot', color: taskColors[task] },
      hoverinfo: 'skip',
      showlegend: false,
      legendgroup: task,
    } as const
    return [
      { ...edge, y: points.map(({ accuracy, value }) => (accuracy.low ?? value) * 100) },
      {
        ...edge,
        y: points.map(({ accuracy, value }) => (accuracy.high ?? value) * 100),
        fill: 'tonexty',
        fillcolor: fade(taskColors[task], bandOpacity),
      },
      {
        type: 'scatter',
        mode: 'lines+markers',
        name: task === 'age' ? 'Age (bins)' : taskTitles[task],
        legendgroup: task,
        x: points.map(({ epoch }) => epoch),
        y: points.map(({ value }) => value * 100),
        text: points.map(({ accuracy }) => formatEstimate(accuracy)),
        line: { color: taskColors[task], width: 2 },
        marker: { symbol: taskMarkers[task], size: 6 },
        hovertemplate: `%{text}<extra>${taskTitles[task]}</extra>`,
      },
    ]
  })
  return {
    title: 'Validation accuracy by task',
    note: `n = ${formatCount(run.counts.validation)} images, those with a label count; dotted: 95% intervals`,
    data,
    layout: inPercent(epochLayout(colors, { y: 'Accuracy (%)', epochs: run.config.epochs })),
    table: {
      columns: ['task', 'epoch', 'accuracy', 'low', 'high', 'n'],
      rows: tasksForReading.flatMap((task) =>
        pointsOf(run, task).map(({ epoch, accuracy }): TableCell[] => [
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

export function hasYears({ epochs }: Pick<RunCurves, 'epochs'>): boolean {
  return epochs.some(({ validation }) => (validation.age?.years ?? null) !== null)
}

const yearsMeasures = [
  { key: 'mae', name: 'Mean absolute error', dash: 'solid', symbol: 'diamond' },
  { key: 'rmse', name: 'Root mean square', dash: 'dash', symbol: 'square' },
  { key: 'bias', name: 'Bias (above 0: taken for older)', dash: 'dot', symbol: 'circle' },
] as const

/** Errors of the predicted age in years on the validation part. */
export function yearsFigure(run: RunCurves, colors: PlotColors): PlotFigure {
  const points = run.epochs.flatMap(({ epoch, validation }) => {
    const years = validation.age?.years ?? null
    return years === null ? [] : [{ epoch, years }]
  })
  return {
    title: 'Validation error of age in years',
    note: `n = ${formatCount(points.at(-1)?.years.n ?? 0)} images with exact years`,
    data: yearsMeasures.map(({ key, name, dash, symbol }): Data => ({
      type: 'scatter',
      mode: 'lines+markers',
      name,
      x: points.map(({ epoch }) => epoch),
      y: points.map(({ years }) => years[key]),
      line: { color: taskColors.age, width: 2, dash },
      marker: { symbol, size: 5 },
      hovertemplate: `%{y:.2f} years<extra>${name}</extra>`,
    })),
    layout: epochLayout(colors, { y: 'Error (years)', epochs: run.config.epochs }),
    table: {
      columns: ['epoch', 'mae', 'rmse', 'bias', 'n'],
      rows: points.map(({ epoch, years }): TableCell[] => [
        epoch,
        years.mae,
        years.rmse,
        years.bias,
        years.n,
      ]),
    },
  }
}
