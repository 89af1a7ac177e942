import type { Data } from 'plotly.js'
import { plotLayout, type PlotColors, type PlotFigure } from '#renderer/components/plot/plot-figure.ts'
import type { IdentityFacts } from '#shared/contract/identity.contract.ts'

interface RatesFigureOptions {
  readonly curve: IdentityFacts['curve']
  readonly threshold: number
}

const lines = {
  falseMatch: { name: 'False matches', color: '#D55E00', band: 'rgba(213,94,0,0.06)' },
  miss: { name: 'Misses', color: '#0072B2', band: 'rgba(0,114,178,0.06)' },
} as const

/** What another threshold would do: estimated shares with their 95 % bounds, on a logarithmic axis since false matches are rare. */
export function ratesFigure({ curve, threshold }: RatesFigureOptions, colors: PlotColors): PlotFigure {
  const layout = plotLayout(colors, { x: 'Distance (Euclidean)', y: 'Share of pairs' })
  const smallest = 1e-7
  const data = (['falseMatch', 'miss'] as const).flatMap((kind): Data[] => {
    const known = curve.filter((point) => point[kind] !== null)
    const { name, color, band } = lines[kind]
    const bounded = known.filter(({ bounds }) => (bounds?.[kind] ?? null) !== null)
    const edge = (side: 0 | 1): Data => ({
      type: 'scatter',
      mode: 'lines',
      x: bounded.map(({ distance }) => distance),
      y: bounded.map(({ bounds }) => Math.max(smallest, bounds?.[kind]?.[side] ?? smallest)),
      line: { width: 1, dash: 'dot', color },
      showlegend: false,
      hoverinfo: 'skip',
      ...(side === 1 && { fill: 'tonexty', fillcolor: band }),
    })
    return [
      edge(0),
      edge(1),
      {
        type: 'scatter',
        mode: 'lines',
        name,
        x: known.map(({ distance }) => distance),
        y: known.map((point) => Math.max(smallest, point[kind] ?? smallest)),
        line: { color, width: 2, dash: kind === 'miss' ? 'dash' : 'solid' },
        hovertemplate: `${name} at %{x:.3f}: %{y:.2e}<extra></extra>`,
      },
    ]
  })
  return {
    title: 'Estimated errors by threshold',
    note: 'dotted: 95% bounds; upright line: the threshold',
    data,
    layout: {
      ...layout,
      margin: { l: 44, r: 8, t: 4, b: 32 },
      xaxis: { ...layout.xaxis, fixedrange: true },
      yaxis: { ...layout.yaxis, type: 'log', fixedrange: true, exponentformat: 'power', dtick: 1 },
      shapes: [
        {
          type: 'line',
          xref: 'x',
          yref: 'paper',
          x0: threshold,
          x1: threshold,
          y0: 0,
          y1: 1,
          line: { color: colors.text, width: 1.5, dash: 'dot' },
        },
      ],
    },
    table: {
      columns: [
        'distance',
        'false_match',
        'false_match_low',
        'false_match_high',
        'miss',
        'miss_low',
        'miss_high',
      ],
      rows: curve.map(({ distance, falseMatch, miss, bounds }) => [
        distance,
        falseMatch,
        bounds?.falseMatch?.[0] ?? null,
        bounds?.falseMatch?.[1] ?? null,
        miss,
        bounds?.miss?.[0] ?? null,
        bounds?.miss?.[1] ?? null,
      ]),
    },
  }
}
