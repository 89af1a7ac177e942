import type { Data, Layout } from 'plotly.js'
import type { GroupStyle } from '../group-style.ts'
import type { PlotColors } from './plot-figure.ts'

/** The figure of one group, in the units of the horizontal axis. */
interface IntervalRow {
  readonly name: string
  /** What stands beside the axis. */
  readonly row: string
  readonly value: number
  readonly low: number
  readonly high: number
  readonly style: GroupStyle
  /** For few images: filled with the paper's colour, since its interval would strike an open symbol through. */
  readonly isHollow: boolean
  readonly hover: string
}

/** For groups that no race decides the mark of. */
export const plainStyle = ({ text }: PlotColors): GroupStyle => ({
  color: text,
  outline: text,
  shape: 'circle',
})

/** A dot with its interval. */
export function drawInterval(
  { name, row, value, low, high, style, isHollow, hover }: IntervalRow,
  { paper }: PlotColors,
): Data {
  const { color, outline, shape } = style
  return {
    type: 'scatter',
    mode: 'markers',
    name,
    x: [value],
    y: [row],
    marker: {
      symbol: shape,
      size: 10,
      color: isHollow ? paper : color,
      line: { color: outline, width: isHollow ? 2 : 1 },
    },
    error_x: {
      type: 'data',
      symmetric: false,
      array: [high - value],
      arrayminus: [value - low],
      color: outline,
      thickness: 1.5,
      width: 4,
    },
    hovertemplate: `${hover}<extra>${name}</extra>`,
  }
}

/** Rows from the top down, each a category of the vertical axis; the figure of everyone is a dashed line across them. */
export function layOutRows(
  layout: Partial<Layout>,
  { rows, overall }: { readonly rows: readonly string[]; readonly overall: number | null },
  { dim }: PlotColors,
): Partial<Layout> {
  return {
    ...layout,
    showlegend: false,
    yaxis: {
      ...layout.yaxis,
      type: 'category',
      // The lines would strike the words of rows without a dot through.
      showgrid: false,
      categoryorder: 'array',
      categoryarray: rows.toReversed(),
      range: [-0.6, rows.length - 0.4],
    },
    shapes:
      overall === null
        ? []
        : [
            {
              type: 'line',
              xref: 'x',
              yref: 'paper',
              x0: overall,
              x1: overall,
              y0: 0,
              y1: 1,
              line: { color: dim, width: 1, dash: 'dash' },
            },
          ],
  }
}
