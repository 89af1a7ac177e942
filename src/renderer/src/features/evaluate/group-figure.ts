import type { Data } from 'plotly.js'
import { formatCount, formatEstimate, formatShare } from '#shared/domain/format.ts'
import { formatCategory } from '#renderer/components/format.ts'
import { groupStyleOf } from '#renderer/components/group-style.ts'
import {
  plotLayout,
  type PlotColors,
  type PlotFigure,
  type TableCell,
} from '#renderer/components/plot/plot-figure.ts'
import { taskTitles } from '#renderer/components/task-words.ts'
import type { Estimate } from '#shared/domain/intervals.ts'
import type { GroupEstimate } from '#shared/contract/evaluation.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import {
  fewestForEstimate,
  hasSmallGroup,
  smallGroupLegend,
  weighSample,
  type Grouping,
} from './evaluate-view.ts'

export interface GroupFigureInput {
  readonly task: Task
  readonly grouping: Grouping
  readonly groups: readonly GroupEstimate[]
  readonly overall: Estimate
}

function rowLabel(group: GroupEstimate): string {
  return `${formatCategory(group.group)}  n ${formatCount(group.n)}`
}

/** Keeps the row of a group that is too small for an estimate, and says why it is empty. */
function countOnlyNote(group: GroupEstimate, colors: PlotColors): Data {
  return {
    type: 'scatter',
    mode: 'text',
    name: formatCategory(group.group),
    x: [1],
    y: [rowLabel(group)],
    text: [`fewer than ${fewestForEstimate} images: no estimate`],
    textposition: 'middle right',
    textfont: { size: 11, color: colors.dim },
    hoverinfo: 'skip',
  }
}

/** One dot with its interval per group, the overall accuracy as a vertical line; no dot below 30 images. */
export function groupFigure(input: GroupFigureInput, colors: PlotColors): PlotFigure {
  const { task, grouping, groups, overall } = input
  const dots = groups.flatMap((group): Data[] => {
    const { value, low, high, n } = group
    const weight = weighSample(n)
    if (value === null || low === null || high === null || weight === 'count-only') {
      return [countOnlyNote(group, colors)]
    }
    const style =
      grouping === 'race'
        ? groupStyleOf(group.group)
        : ({ color: colors.text, outline: colors.text, shape: 'circle' } as const)
    return [
      {
        type: 'scatter',
        mode: 'markers',
        name: formatCategory(group.group),
        x: [value * 100],
        y: [rowLabel(group)],
        marker:
          weight === 'hollow'
            ? {
                symbol: style.shape,
                size: 10,
                // Filled with the paper's colour: an open symbol would let its own interval strike through it.
                color: colors.paper,
                line: { color: style.outline, width: 2 },
              }
            : {
                symbol: style.shape,
                size: 10,
                color: style.color,
                line: { color: style.outline, width: 1 },
              },
        error_x: {
          type: 'data',
          symmetric: false,
          array: [(high - value) * 100],
          arrayminus: [(value - low) * 100],
          color: style.outline,
          thickness: 1.5,
          width: 4,
        },
        hovertemplate: `${formatEstimate(group)}<extra>${formatCategory(group.group)}</extra>`,
      },
    ]
  })
  const layout = plotLayout(colors, { x: 'Accuracy (%)', y: '' })
  return {
    title: `${taskTitles[task]} accuracy by labelled ${grouping}`,
    note: `95% intervals, n = ${formatCount(overall.n)}; line: overall ${formatShare(overall.value)}${hasSmallGroup(groups) ? `; ${smallGroupLegend}` : ''}`,
    data: dots,
    layout: {
      ...layout,
      showlegend: false,
      xaxis: { ...layout.xaxis, range: [0, 100], dtick: 20 },
      yaxis: {
        ...layout.yaxis,
        type: 'category',
        // The lines would strike the words of small groups through.
        showgrid: false,
        categoryorder: 'array',
        categoryarray: groups.map(rowLabel).toReversed(),
        range: [-0.6, groups.length - 0.4],
      },
      shapes:
        overall.value === null
          ? []
          : [
              {
                type: 'line',
                xref: 'x',
                yref: 'paper',
                x0: overall.value * 100,
                x1: overall.value * 100,
                y0: 0,
                y1: 1,
                line: { color: colors.dim, width: 1, dash: 'dash' },
              },
            ],
    },
    table: {
      columns: [grouping, 'accuracy', 'low', 'high', 'n'],
      rows: [
        ...groups.map((group): TableCell[] => [group.group, group.value, group.low, group.high, group.n]),
        ['overall', overall.value, overall.low, overall.high, overall.n],
      ],
    },
  }
}
