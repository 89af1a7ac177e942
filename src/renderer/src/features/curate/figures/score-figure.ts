import type { Shape } from 'plotly.js'
import type { CheckHistogram } from '#shared/contract/check.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import { plotLayout, type PlotColors, type PlotFigure } from '#renderer/components/plot/plot-figure.ts'

export interface ScoreFigureOptions {
  readonly histogram: CheckHistogram
  /** Drawn in; null where the check flags by a rule of its own. */
  readonly cut: number | null
  /** Of the image in view. */
  readonly score: number | null
}

const flaggedColor = '#E69F00'
const otherColor = '#7f858e'

/** How the scores are spread, with the cut and the image in view drawn in. */
export function scoreFigure({ histogram, cut, score }: ScoreFigureOptions, colors: PlotColors): PlotFigure {
  const { edges, counts, n } = histogram
  const bins = counts.map((count, bin) => {
    const from = edges[bin] ?? 0
    const to = edges[bin + 1] ?? 1
    return { from, to, middle: (from + to) / 2, count }
  })
  const layout = plotLayout(colors, { x: 'Score (low is bad)', y: 'Images' })
  const line = (x: number, dash: 'solid' | 'dot'): Partial<Shape> => ({
    type: 'line',
    xref: 'x',
    yref: 'paper',
    x0: x,
    x1: x,
    y0: 0,
    y1: 1,
    line: { color: colors.text, width: 1.5, dash },
  })
  return {
    title: 'Scores of this check',
    note: `n = ${formatCount(n)} images${cut === null ? '' : '; left of the line is flagged'}${score === null ? '' : '; dotted: this image'}`,
    data: [
      {
        type: 'bar',
        x: bins.map(({ middle }) => middle),
        y: bins.map(({ count }) => count),
        width: bins.map(({ from, to }) => to - from),
        marker: {
          color: bins.map(({ middle }) => (cut !== null && middle < cut ? flaggedColor : otherColor)),
        },
        text: bins.map(({ from, to }) => `${from.toFixed(2)}-${to.toFixed(2)}`),
        textposition: 'none',
        hovertemplate: '%{text}: %{y:,} images<extra></extra>',
      },
    ],
    layout: {
      ...layout,
      bargap: 0,
      showlegend: false,
      margin: { l: 40, r: 8, t: 4, b: 32 },
      xaxis: { ...layout.xaxis, range: [0, 1], fixedrange: true },
      // Most images are fine, so the few that matter show only on a logarithmic axis.
      yaxis: { ...layout.yaxis, type: 'log', fixedrange: true, dtick: 1 },
      shapes: [
        ...(cut === null ? [] : [line(cut, 'solid')]),
        ...(score === null ? [] : [line(score, 'dot')]),
      ],
    },
    table: {
      columns: ['from', 'to', 'images'],
      rows: bins.map(({ from, to, count }) => [from, to, count]),
    },
  }
}
