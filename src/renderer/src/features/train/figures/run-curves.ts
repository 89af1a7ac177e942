import { plotLayout, type PlotColors, type PlotFigure } from '#renderer/components/plot/plot-figure.ts'
import type { RunDetail } from '#shared/contract/run.contract.ts'

/** What the figures of one run are drawn from. */
export type RunCurves = Pick<RunDetail, 'epochs' | 'steps' | 'counts' | 'config' | 'labels'>

export const taskMarkers = { race: 'circle', gender: 'square', age: 'diamond' } as const

type Layout = PlotFigure['layout']

/** The axes of a plot over the epochs of a run, the same for all of them. */
export function epochLayout(
  colors: PlotColors,
  options: { readonly y: string; readonly epochs: number },
): Layout {
  const layout = plotLayout(colors, { x: 'Epoch', y: options.y })
  const { epochs } = options
  const dtick = [1, 2, 5, 10, 20, 50, 100, 200].find((width) => epochs / width <= 12) ?? 200
  return {
    ...layout,
    // One label tells what every curve is worth there.
    hovermode: 'x unified',
    xaxis: {
      ...layout.xaxis,
      unifiedhovertitle: { text: 'Epoch %{x:.2~f}' },
      range: [0, epochs + Math.max(0.1, epochs / 100)],
      dtick,
      tick0: 0,
    },
  }
}

export function inPercent(layout: Layout): Layout {
  return { ...layout, yaxis: { ...layout.yaxis, range: [0, 100], dtick: 20, ticksuffix: '' } }
}

export function onLogScale(layout: Layout): Layout {
  return { ...layout, yaxis: { ...layout.yaxis, type: 'log', exponentformat: 'power' } }
}

/** So pale that lines stand out from several bands, one above the other, by 3 to 1; edges show where a band ends. */
export const bandOpacity = 0.06

/** A colour with an opacity, for bands behind lines. */
export function fade(hex: string, opacity: number): string {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))
  return `rgba(${r}, ${g}, ${b}, ${opacity})`
}

/** A legend beside the plot, for more lines than fit above it. */
export function legendBeside(layout: Layout): Layout {
  return { ...layout, legend: { ...layout.legend, orientation: 'v', x: 1.01, y: 1, yanchor: 'top' } }
}
