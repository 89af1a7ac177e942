import type { Data, Layout } from 'plotly.js'

export type TableCell = string | number | null

/** A plot as data: made by pure functions, drawn by `Plot`, checked in tests. */
export interface PlotFigure {
  /** States what the plot shows. */
  readonly title: string
  /** How many images, epochs or steps stand behind it. */
  readonly note: string
  readonly data: readonly Data[]
  readonly layout: Partial<Layout>
  /** The figures behind the picture, for the CSV file. */
  readonly table: { readonly columns: readonly string[]; readonly rows: readonly (readonly TableCell[])[] }
}

export interface PlotColors {
  readonly text: string
  readonly dim: string
  readonly grid: string
  readonly paper: string
}

export const plotColors = {
  light: { text: '#1b1f26', dim: '#555d69', grid: '#e6e9ed', paper: '#ffffff' },
  dark: { text: '#e6e8eb', dim: '#a3abb6', grid: '#31363e', paper: '#1e2126' },
} as const satisfies Record<'light' | 'dark', PlotColors>

export interface AxisText {
  /** With its unit, as in "Loss (nats)". */
  readonly x: string
  readonly y: string
}

const plotFont = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"

/** What all plots share: quiet grid, labelled axes, the interface's own type. */
export function plotLayout(colors: PlotColors, axes: AxisText): Partial<Layout> {
  const axis = (text: string) => ({
    title: { text, font: { size: 11, color: colors.dim }, standoff: 8 },
    gridcolor: colors.grid,
    linecolor: colors.grid,
    zeroline: false,
    automargin: true,
    tickfont: { size: 11, color: colors.dim },
  })
  return {
    font: { family: plotFont, size: 11, color: colors.text },
    paper_bgcolor: 'rgba(0,0,0,0)',
    plot_bgcolor: 'rgba(0,0,0,0)',
    margin: { l: 48, r: 12, t: 8, b: 36 },
    xaxis: axis(axes.x),
    yaxis: axis(axes.y),
    legend: {
      traceorder: 'normal',
      orientation: 'h',
      x: 0,
      y: 1.02,
      yanchor: 'bottom',
      font: { size: 11, color: colors.text },
    },
    hoverlabel: {
      bgcolor: colors.paper,
      bordercolor: colors.grid,
      font: { family: plotFont, size: 12, color: colors.text },
      // Cut short, names of runs that begin alike cannot be told apart.
      namelength: -1,
    },
    showlegend: true,
  }
}

/** The layout of a picture that leaves the window: on white, with the title, the note and what it comes from in it. */
export function layoutPicture(
  { title, note, layout }: Pick<PlotFigure, 'title' | 'note' | 'layout'>,
  source: string | undefined,
): Partial<Layout> {
  // What people named may hold what Plotly reads as mark-up.
  const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return {
    ...layout,
    paper_bgcolor: '#ffffff',
    plot_bgcolor: '#ffffff',
    title: {
      text: title,
      subtitle: { text: [note, ...(source === undefined ? [] : [source])].map(escape).join('<br>') },
      font: { size: 15 },
      x: 0.01,
      xanchor: 'left',
      y: 0.98,
      yanchor: 'top',
    },
    margin: { ...layout.margin, t: source === undefined ? 88 : 104 },
  }
}

function writeCell(cell: TableCell): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return String(cell)
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** RFC 4180, with cells that a spreadsheet would run as formulas made harmless. */
export function toCsv(table: PlotFigure['table']): string {
  return [table.columns, ...table.rows].map((row) => row.map(writeCell).join(',')).join('\r\n') + '\r\n'
}

/** A file name from a title: "Loss by step" becomes "loss-by-step". */
export function toFileName(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
}
