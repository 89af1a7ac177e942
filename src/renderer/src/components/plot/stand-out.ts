import type { Data } from 'plotly.js'
import * as z from 'zod'
import { standOut } from '../contrast.ts'
import type { PlotColors, PlotFigure } from './plot-figure.ts'

const color = z.union([z.string(), z.array(z.unknown())])
const inked = z.looseObject({
  mode: z.string().optional(),
  type: z.string().optional(),
  line: z.looseObject({ color: z.string() }).optional().catch(undefined),
  marker: z
    .looseObject({ color, line: z.looseObject({ color: color.optional() }).optional() })
    .optional()
    .catch(undefined),
  error_x: z.looseObject({ color: z.string() }).optional().catch(undefined),
  error_y: z.looseObject({ color: z.string() }).optional().catch(undefined),
})

const shade = (value: unknown, paper: string): unknown =>
  typeof value === 'string' ? standOut(value, paper) : value

const shadeAll = (value: z.infer<typeof color>, paper: string): unknown =>
  Array.isArray(value) ? value.map((one) => shade(one, paper)) : shade(value, paper)

/**
 * The same figure with marks that stand out on their paper (WCAG 2.2, 1.4.11): fills keep the colour of their group and get
 * an outline in a shade of it, lines and error bars are drawn in that shade.
 */
export function makeStandOut(figure: PlotFigure, { paper }: Pick<PlotColors, 'paper'>): PlotFigure {
  return { ...figure, data: figure.data.map((trace) => outline(trace, paper)) }
}

function outline(trace: Data, paper: string): Data {
  const read = inked.safeParse(trace)
  // A heat map has no marks of one colour: its cells are told by their figures.
  if (!read.success || read.data.type === 'heatmap') return trace
  const { line, marker, error_x, error_y } = read.data
  return {
    ...trace,
    ...(line === undefined ? {} : { line: { ...line, color: shade(line.color, paper) } }),
    ...(marker === undefined
      ? {}
      : {
          marker: {
            ...marker,
            line: { width: 1, ...marker.line, color: shadeAll(marker.line?.color ?? marker.color, paper) },
          },
        }),
    ...(error_x === undefined ? {} : { error_x: { ...error_x, color: shade(error_x.color, paper) } }),
    ...(error_y === undefined ? {} : { error_y: { ...error_y, color: shade(error_y.color, paper) } }),
  } as Data
}
