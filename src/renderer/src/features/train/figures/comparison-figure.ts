import type { Data } from 'plotly.js'
import { formatCount, formatEstimate } from '#shared/domain/format.ts'
import { formatFigure, pluralise } from '#renderer/components/format.ts'
import type { PlotColors, PlotFigure, TableCell } from '#renderer/components/plot/plot-figure.ts'
import type { Estimate } from '#shared/domain/intervals.ts'
import type { EpochRecord, RunDetail } from '#shared/contract/run.contract.ts'
import { epochLayout, inPercent, legendBeside } from './run-curves.ts'
import { smooth } from './smooth.ts'

export const comparedMeasures = [
  { value: 'race', label: 'Race', axis: 'Accuracy (%)', title: 'Validation race accuracy' },
  { value: 'gender', label: 'Gender', axis: 'Accuracy (%)', title: 'Validation gender accuracy' },
  { value: 'age', label: 'Age bins', axis: 'Accuracy (%)', title: 'Validation accuracy of age bins' },
  { value: 'years', label: 'Age MAE', axis: 'Error (years)', title: 'Validation error of age' },
  { value: 'validationLoss', label: 'Validation loss', axis: 'Loss', title: 'Validation loss' },
  { value: 'trainLoss', label: 'Training loss', axis: 'Loss', title: 'Training loss' },
  { value: 'learningRate', label: 'Rate', axis: 'Learning rate', title: 'Learning rate' },
] as const

export type ComparedMeasure = (typeof comparedMeasures)[number]['value']

interface LineStyle {
  readonly color: string
  readonly dash: 'solid' | 'dash' | 'dot' | 'dashdot' | 'longdash' | 'longdashdot'
  readonly symbol:
    'circle' | 'square' | 'diamond' | 'triangle-up' | 'triangle-down' | 'cross' | 'hexagon' | 'star'
}

// Okabe & Ito (2008) without yellow, which no thin line shows; dashes and markers serve greyscale print.
const palette = ['#0072B2', '#E69F00', '#009E73', '#CC79A7', '#56B4E9', '#D55E00', '#7f858e'] as const
const dashes = ['solid', 'dash', 'dot', 'dashdot', 'longdash', 'longdashdot'] as const
const symbols = [
  'circle',
  'square',
  'diamond',
  'triangle-up',
  'triangle-down',
  'cross',
  'hexagon',
  'star',
] as const

/** A colour, dash and marker of its own for each of the lines that are compared. */
export function lineStyleOf(index: number): LineStyle {
  return {
    color: palette[index % palette.length] ?? palette[0],
    dash: dashes[index % dashes.length] ?? 'solid',
    symbol: symbols[index % symbols.length] ?? 'circle',
  }
}

/** Curves from another program, brought to epochs. */
export interface OverlaidCurve {
  readonly name: string
  readonly tag: string
  readonly stepsPerEpoch: number
  readonly points: readonly { readonly step: number; readonly value: number | null }[]
}

interface Point {
  readonly epoch: number
  readonly value: number
  readonly estimate: Estimate | null
}

function readPoint(record: EpochRecord, measure: ComparedMeasure): Point | null {
  const { epoch, validation } = record
  switch (measure) {
    case 'race':
    case 'gender':
    case 'age': {
      const estimate = validation[measure]?.accuracy ?? null
      const value = estimate?.value ?? null
      return value === null ? null : { epoch, value: value * 100, estimate }
    }
    case 'years': {
      const years = validation.age?.years ?? null
      return years === null ? null : { epoch, value: years.mae, estimate: null }
    }
    default: {
      const value = record[measure]
      return value === null ? null : { epoch, value, estimate: null }
    }
  }
}

function isShare(measure: ComparedMeasure): measure is 'race' | 'gender' | 'age' {
  return measure === 'race' || measure === 'gender' || measure === 'age'
}

export interface Comparison {
  readonly runs: readonly Pick<RunDetail, 'id' | 'name' | 'epochs' | 'config' | 'counts'>[]
  readonly curves: readonly OverlaidCurve[]
  readonly measure: ComparedMeasure
  /** Weight of what came before, 0 for the curves as they are. */
  readonly smoothing?: number
}

/** Names of runs that are alike, told apart by the runs' numbers. */
export function nameRuns(runs: readonly Pick<RunDetail, 'id' | 'name'>[]): string[] {
  return runs.map(({ id, name }) =>
    runs.filter((run) => run.name === name).length > 1 ? `${name} · run ${id}` : name,
  )
}

/** One measure of several runs over their epochs, with curves from other programs beside them. */
export function comparisonFigure(comparison: Comparison, colors: PlotColors): PlotFigure {
  const { runs, curves, measure, smoothing = 0 } = comparison
  const words = comparedMeasures.find(({ value }) => value === measure) ?? comparedMeasures[0]
  const names = nameRuns(runs)
  const lines = runs.map((run, index) => ({
    name: names[index] ?? run.name,
    style: lineStyleOf(index),
    points: run.epochs.flatMap((record) => readPoint(record, measure) ?? []),
  }))
  const overlays = curves.map((curve, index) => ({
    name: `${curve.name}: ${curve.tag}`,
    style: lineStyleOf(runs.length + index),
    points: readOverlay(curve, isShare(measure)),
  }))
  const drawn = [...lines, ...overlays].filter(({ points }) => points.length > 0)
  const epochs = Math.max(1, ...drawn.flatMap(({ points }) => points.map(({ epoch }) => epoch)))
  const layout = epochLayout(colors, { y: words.axis, epochs })
  const images = [...new Set(runs.map(({ counts }) => counts.validation))]
  return {
    title: `${words.title}, ${pluralise(drawn.length, 'curve')}`,
    note: `n = ${images.map(formatCount).join(' or ')} validation images${smoothing === 0 ? '' : `; lines smoothed by ${smoothing}, the points and figures are not`}`,
    data: drawn.flatMap(({ name, style, points }): Data[] => {
      const raw: Data = {
        type: 'scatter',
        mode: 'lines+markers',
        name,
        x: points.map(({ epoch }) => epoch),
        y: points.map(({ value }) => value),
        text: points.map(({ value, estimate }) =>
          estimate === null ? formatFigure(value) : formatEstimate(estimate),
        ),
        line: { color: style.color, dash: style.dash, width: 2 },
        marker: { symbol: style.symbol, size: 6 },
        hovertemplate: '%{text}<extra>%{fullData.name}</extra>',
      }
      if (smoothing === 0) return [raw]
      const values = points.map(({ value }) => value)
      const line: Data = {
        ...raw,
        mode: 'lines',
        y: smooth(values, smoothing),
        hoverinfo: 'skip',
        hovertemplate: '',
        legendgroup: name,
        showlegend: false,
      }
      return [{ ...raw, mode: 'markers', opacity: 0.5, legendgroup: name }, line]
    }),
    layout: legendBeside(isShare(measure) ? inPercent(layout) : layout),
    table: {
      columns: ['curve', 'epoch', 'value'],
      rows: drawn.flatMap(({ name, points }) =>
        points.map(({ epoch, value }): TableCell[] => [name, epoch, value]),
      ),
    },
  }
}

/** Shares of 1 are drawn in percent, as accuracies of other programs are usually written as shares. */
function readOverlay({ points, stepsPerEpoch }: OverlaidCurve, isInPercent: boolean): Point[] {
  const known = points.flatMap(({ step, value }) => (value === null ? [] : [{ step, value }]))
  const isFraction = isInPercent && known.every(({ value }) => value >= 0 && value <= 1)
  return known.map(({ step, value }) => ({
    epoch: step / stepsPerEpoch,
    value: isFraction ? value * 100 : value,
    estimate: null,
  }))
}
