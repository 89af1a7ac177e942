import { formatCategory } from '#renderer/components/format.ts'
import { groupStyleOf } from '#renderer/components/group-style.ts'
import { drawInterval, layOutRows, plainStyle } from '#renderer/components/plot/interval-rows.ts'
import { plotLayout, type PlotColors, type PlotFigure } from '#renderer/components/plot/plot-figure.ts'
import type { SensitivityComparison } from '#shared/contract/sensitivity.contract.ts'
import { changeTitles } from '#shared/derived/describe-sensitivity.ts'
import { fewestForFullWeight } from '#shared/domain/fairness-metrics.ts'
import { formatCount, formatEstimate } from '#shared/domain/format.ts'

type Group = SensitivityComparison['groups'][number]

const rowLabel = ({ group, flips }: Group): string => `${formatCategory(group)}  n ${formatCount(flips.n)}`

/** A dot with its interval for every group that has a figure; the share of everyone as a line. */
export function sensitivityFigure(comparison: SensitivityComparison, colors: PlotColors): PlotFigure {
  const { task, kind, by, overall, groups } = comparison
  const drawn = groups.filter(({ flips }) => flips.value !== null)
  const layout = plotLayout(colors, { x: 'Answers that flip (%)', y: '' })
  const all = overall.flips.value === null ? null : overall.flips.value * 100
  return {
    title: `Answers on ${task} that flip when pictures are changed (${changeTitles[kind].toLowerCase()}), by labelled ${by}`,
    note: `95% intervals over people, n = ${formatCount(overall.flips.n)}; line: all of them; hollow: fewer than ${fewestForFullWeight} images`,
    data: drawn.map((one) => {
      const value = one.flips.value ?? 0
      return drawInterval(
        {
          name: formatCategory(one.group),
          row: rowLabel(one),
          value: value * 100,
          low: (one.flips.low ?? value) * 100,
          high: (one.flips.high ?? value) * 100,
          style: by === 'race' ? groupStyleOf(one.group) : plainStyle(colors),
          isHollow: one.flips.n < fewestForFullWeight,
          hover: `${formatEstimate(one.flips)}, people ${formatCount(one.people)}`,
        },
        colors,
      )
    }),
    layout: layOutRows(layout, { rows: drawn.map(rowLabel), overall: all }, colors),
    table: {
      columns: [by, 'flips', 'low', 'high', 'n', 'people', 'years moved', 'years low', 'years high'],
      rows: groups.map(({ group, flips, people, movedYears }) => [
        group,
        flips.value,
        flips.low,
        flips.high,
        flips.n,
        people,
        movedYears?.value ?? null,
        movedYears?.low ?? null,
        movedYears?.high ?? null,
      ]),
    },
  }
}
