import type { Data } from 'plotly.js'
import type { MapGroups, MapPoints } from '#shared/contract/map.contract.ts'
import { ageBinLabels } from '#shared/domain/label-schemes.ts'
import { formatCount } from '#shared/domain/format.ts'
import { formatCategory } from '#renderer/components/format.ts'
import { groupStyleOf, type MarkerShape } from '#renderer/components/group-style.ts'
import { plotLayout, type PlotColors, type PlotFigure } from '#renderer/components/plot/plot-figure.ts'
import { standOut } from '#renderer/components/contrast.ts'
import type { CheckId } from '#shared/domain/checks.ts'
import { checks } from '#shared/domain/checks.ts'

export type MapColoring = 'race' | 'gender' | 'age' | 'flag'

/** Images on the map that share a label, or a check's verdict: `[images]` each. */
export interface MapGroup {
  readonly name: string
  readonly imageIds: readonly number[]
  readonly x: readonly number[]
  readonly y: readonly number[]
}

export interface MapFigureOptions {
  readonly groups: readonly MapGroup[]
  readonly coloring: MapColoring
  /** Whose flags are coloured by `flag`. */
  readonly check: CheckId
  readonly selected: ReadonlySet<number>
  /** What a drag does. */
  readonly drag: 'lasso' | 'pan'
  /** Without WebGL points are drawn as vectors. */
  readonly hasWebGl: boolean
}

/** Images that are on the map and still in the catalogue, by group in the order of the legend. */
export function groupPoints(points: MapPoints, { values, imageIds, valueOf }: MapGroups): MapGroup[] {
  const groups = values.map((value) => ({
    name: value ?? 'no label',
    imageIds: [] as number[],
    x: [] as number[],
    y: [] as number[],
  }))
  let at = 0
  // Both stand in ascending order of the images.
  points.imageIds.forEach((id, place) => {
    while ((imageIds[at] ?? Infinity) < id) at++
    const group = imageIds[at] === id ? groups[valueOf[at] ?? -1] : undefined
    if (group === undefined) return
    group.imageIds.push(id)
    group.x.push(points.x[place] ?? 0)
    group.y.push(points.y[place] ?? 0)
  })
  return groups
    .filter((group) => group.imageIds.length > 0)
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
}

// Nine steps of viridis: ages are ordered, so their colours are.
const ageColors = [
  '#440154',
  '#472d7b',
  '#3b528b',
  '#2c728e',
  '#21918c',
  '#28ae80',
  '#5ec962',
  '#addc30',
  '#fde725',
]
const pairColors = ['#0072B2', '#D55E00']
const pairShapes: readonly MarkerShape[] = ['circle', 'diamond']

function styleOf(group: string, place: number, coloring: MapColoring): { color: string; shape: MarkerShape } {
  if (group === 'no label' || group === 'not flagged') return { color: '#9aa0a8', shape: 'circle' }
  if (coloring === 'race') return groupStyleOf(group)
  if (coloring === 'age')
    return { color: ageColors[ageBinLabels.findIndex((bin) => bin === group)] ?? '#9aa0a8', shape: 'circle' }
  return { color: pairColors[place % 2] ?? '#0072B2', shape: pairShapes[place % 2] ?? 'circle' }
}

/** Marks are so small that their smoothed edges show a mixture of outline and ground. */
const outlineContrast = 5

/** Images laid out by likeness; what is drawn around is selected. */
export function mapFigure(options: MapFigureOptions, colors: PlotColors): PlotFigure {
  const { groups, coloring, check, selected, drag, hasWebGl } = options
  const count = groups.reduce((sum, { imageIds }) => sum + imageIds.length, 0)
  const layout = plotLayout(colors, { x: '', y: '' })
  const bare = { showgrid: false, zeroline: false, showticklabels: false, ticks: '' as const }
  const title =
    coloring === 'flag'
      ? `Images by likeness, ${checks[check].title}`
      : `Images by likeness, labelled ${coloring}`
  return {
    title,
    note: `n = ${formatCount(count)} images; near means alike, the axes mean nothing`,
    data: groups.map(({ name, imageIds, x, y }, place): Data => {
      const { color, shape } = styleOf(name, place, coloring)
      const chosen = imageIds.flatMap((id, index) => (selected.has(id) ? [index] : []))
      return {
        type: hasWebGl ? 'scattergl' : 'scatter',
        mode: 'markers',
        name: formatCategory(name),
        x: [...x],
        y: [...y],
        customdata: [...imageIds],
        marker: {
          color,
          symbol: shape,
          size: count > 5000 ? 5 : 7,
          line: { color: standOut(color, colors.paper, outlineContrast), width: 1.5 },
        },
        // The picture itself is shown beside the pointer.
        hoverinfo: 'none',
        ...(selected.size === 0 ? {} : { selectedpoints: chosen }),
        // Faded marks could not be seen; small grey ones are told from the selected ones as well.
        unselected: {
          marker: { opacity: 1, color: standOut('#9aa0a8', colors.paper, outlineContrast), size: 3 },
        },
      }
    }),
    layout: {
      ...layout,
      dragmode: drag,
      hovermode: 'closest',
      margin: { l: 8, r: 8, t: 8, b: 8 },
      xaxis: { ...layout.xaxis, ...bare },
      yaxis: { ...layout.yaxis, ...bare, scaleanchor: 'x' },
      // Another colouring keeps the part of the map that is looked at.
      uirevision: 'map',
    },
    table: {
      columns: ['image', 'x', 'y', coloring],
      rows: groups.flatMap(({ name, imageIds, x, y }) =>
        imageIds.map((id, place) => [id, x[place] ?? 0, y[place] ?? 0, name]),
      ),
    },
  }
}
