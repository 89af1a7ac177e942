import type { Data } from 'plotly.js'
import type { MapPoints } from '#shared/contract/map.contract.ts'
import type { ImageTile } from '#shared/contract/image.contract.ts'
import { ageBinLabels } from '#shared/domain/label-schemes.ts'
import { formatCount } from '#shared/domain/format.ts'
import { formatCategory } from '#renderer/components/format.ts'
import { groupStyleOf, type MarkerShape } from '#renderer/components/group-style.ts'
import { plotLayout, type PlotColors, type PlotFigure } from '#renderer/components/plot/plot-figure.ts'
import type { CheckId } from '#shared/domain/checks.ts'
import { checks } from '#shared/domain/checks.ts'

export type MapColoring = 'race' | 'gender' | 'age' | 'flag'

export interface MapImage {
  readonly tile: ImageTile
  readonly x: number
  readonly y: number
}

export interface MapFigureOptions {
  readonly images: readonly MapImage[]
  readonly coloring: MapColoring
  /** Whose flags are coloured by `flag`. */
  readonly check: CheckId
  readonly selected: ReadonlySet<number>
  /** What a drag does. */
  readonly drag: 'lasso' | 'pan'
  /** Without WebGL points are drawn as vectors. */
  readonly hasWebGl: boolean
}

/** Images that are on the map and still in the catalogue. */
export function placeImages(points: MapPoints, tiles: ReadonlyMap<number, ImageTile>): MapImage[] {
  return points.imageIds.flatMap((id, place) => {
    const tile = tiles.get(id)
    const x = points.x[place]
    const y = points.y[place]
    return tile === undefined || x === undefined || y === undefined ? [] : [{ tile, x, y }]
  })
}

export function groupOf(tile: ImageTile, coloring: MapColoring, check: CheckId): string {
  switch (coloring) {
    case 'race':
      return tile.race ?? 'no label'
    case 'gender':
      return tile.gender ?? 'no label'
    case 'age':
      return tile.ageBin ?? 'no label'
    case 'flag':
      return tile.findings.includes(check) ? 'flagged' : 'not flagged'
    default:
      return coloring satisfies never
  }
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

/** Groups on the map with their images, in the order of the legend. */
export function groupImages(
  images: readonly MapImage[],
  coloring: MapColoring,
  check: CheckId,
): { readonly group: string; readonly images: readonly MapImage[] }[] {
  const groups = Map.groupBy(images, ({ tile }) => groupOf(tile, coloring, check))
  const names = [...groups.keys()].toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  return names.map((group) => ({ group, images: groups.get(group) ?? [] }))
}

/** Images laid out by likeness; what is drawn around is selected. */
export function mapFigure(options: MapFigureOptions, colors: PlotColors): PlotFigure {
  const { images, coloring, check, selected, drag, hasWebGl } = options
  const layout = plotLayout(colors, { x: '', y: '' })
  const bare = { showgrid: false, zeroline: false, showticklabels: false, ticks: '' as const }
  const title =
    coloring === 'flag'
      ? `Images by likeness, ${checks[check].title}`
      : `Images by likeness, labelled ${coloring}`
  return {
    title,
    note: `n = ${formatCount(images.length)} images; near means alike, the axes mean nothing`,
    data: groupImages(images, coloring, check).map(({ group, images: some }, place): Data => {
      const { color, shape } = styleOf(group, place, coloring)
      const chosen = some.flatMap(({ tile }, index) => (selected.has(tile.id) ? [index] : []))
      return {
        type: hasWebGl ? 'scattergl' : 'scatter',
        mode: 'markers',
        name: formatCategory(group),
        x: some.map(({ x }) => x),
        y: some.map(({ y }) => y),
        customdata: some.map(({ tile }) => tile.id),
        marker: { color, symbol: shape, size: images.length > 5000 ? 4 : 6, opacity: 0.85 },
        hovertemplate: `image %{customdata}, ${formatCategory(group)}<extra></extra>`,
        ...(selected.size === 0 ? {} : { selectedpoints: chosen }),
        unselected: { marker: { opacity: 0.15 } },
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
      rows: images.map(({ tile, x, y }) => [tile.id, x, y, groupOf(tile, coloring, check)]),
    },
  }
}
