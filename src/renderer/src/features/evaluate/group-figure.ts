import type { Data } from 'plotly.js'
import { formatCount, formatEstimate, formatShare } from '#shared/domain/format.ts'
import { formatCategory } from '#renderer/components/format.ts'
import { groupStyleOf } from '#renderer/components/group-style.ts'
import { drawInterval, layOutRows, plainStyle } from '#renderer/components/plot/interval-rows.ts'
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
    return [
      drawInterval(
        {
          name: formatCategory(group.group),
          row: rowLabel(group),
          value: value * 100,
          low: low * 100,
          high: high * 100,
          style: grouping === 'race' ? groupStyleOf(group.group) : plainStyle(colors),
          isHollow: weight === 'hollow',
          hover: formatEstimate(group),
        },
        colors,
      ),
    ]
  })
  const layout = plotLayout(colors, { x: 'Accuracy (%)', y: '' })
  return {
    title: `${taskTitles[task]} accuracy by labelled ${grouping}`,
    note: `95% intervals, n = ${formatCount(overall.n)}; line: overall ${formatShare(overall.value)}${hasSmallGroup(groups) ? `; ${smallGroupLegend}` : ''}`,
    data: dots,
    layout: layOutRows(
      { ...layout, xaxis: { ...layout.xaxis, range: [0, 100], dtick: 20 } },
      { rows: groups.map(rowLabel), overall: overall.value === null ? null : overall.value * 100 },
      colors,
    ),
    table: {
      columns: [grouping, 'accuracy', 'low', 'high', 'n'],
      rows: [
        ...groups.map((group): TableCell[] => [group.group, group.value, group.low, group.high, group.n]),
        ['overall', overall.value, overall.low, overall.high, overall.n],
      ],
    },
  }
}
