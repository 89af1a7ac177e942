import { drawInterval, layOutRows, plainStyle } from '#renderer/components/plot/interval-rows.ts'
import { plotLayout, type PlotColors, type PlotFigure } from '#renderer/components/plot/plot-figure.ts'
import type { ErrorTreeResult, TreeLeaf } from '#shared/contract/fairness.contract.ts'
import { describeConditions, describeLeafState } from '#shared/derived/describe-error-tree.ts'
import { fewestForFullWeight } from '#shared/domain/fairness-metrics.ts'
import { formatCount, formatEstimate } from '#shared/domain/format.ts'

/** Leaves are counted from 1 in the order in which they stand in the table. */
export const nameLeaf = (place: number): string => `Leaf ${place + 1}`

/** A dot with its interval for every leaf that the other half has a figure of; the share of all as a line. */
export function errorTreeFigure({ leaves, held, task }: ErrorTreeResult, colors: PlotColors): PlotFigure {
  const drawn = leaves
    .map((leaf, place) => ({ leaf, row: `${nameLeaf(place)}  n ${formatCount(leaf.held.wrong.n)}` }))
    .filter(({ leaf }) => leaf.held.wrong.value !== null)
  const layout = plotLayout(colors, { x: 'Wrong answers (%)', y: '' })
  const overall = held.wrong.value === null ? null : held.wrong.value * 100
  return {
    title: `Wrong answers on ${task} in the leaves of the tree, people held back`,
    note: `95% intervals over people, n = ${formatCount(held.wrong.n)}; line: all of them; hollow: fewer than ${fewestForFullWeight} images`,
    data: drawn.map(({ leaf, row }) => drawLeaf(leaf, row, colors)),
    layout: layOutRows(layout, { rows: drawn.map(({ row }) => row), overall }, colors),
    table: {
      columns: [
        'images',
        'wrong',
        'low',
        'high',
        'n',
        'people',
        'difference',
        'p',
        'verdict',
        'wrong, found',
        'n, found',
      ],
      rows: leaves.map((leaf) => [
        describeConditions(leaf.conditions),
        leaf.held.wrong.value,
        leaf.held.wrong.low,
        leaf.held.wrong.high,
        leaf.held.wrong.n,
        leaf.held.people,
        leaf.difference?.value ?? null,
        leaf.difference?.adjusted ?? null,
        describeLeafState(leaf),
        leaf.grown.wrong.value,
        leaf.grown.wrong.n,
      ]),
    },
  }
}

function drawLeaf(leaf: TreeLeaf, row: string, colors: PlotColors) {
  const { wrong } = leaf.held
  const value = wrong.value ?? 0
  return drawInterval(
    {
      name: describeConditions(leaf.conditions),
      row,
      value: value * 100,
      low: (wrong.low ?? value) * 100,
      high: (wrong.high ?? value) * 100,
      style: plainStyle(colors),
      isHollow: wrong.n < fewestForFullWeight,
      hover: `${formatEstimate(wrong)}, people ${formatCount(leaf.held.people)}; ${describeLeafState(leaf)}`,
    },
    colors,
  )
}
