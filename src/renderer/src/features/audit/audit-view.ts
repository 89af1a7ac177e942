import type { DatasetAudit, DiversityAudit, ParityAudit } from '#shared/contract/audit.contract.ts'
import type { GroupLabels } from '#shared/contract/fairness.contract.ts'
import {
  describeDifference,
  formatHeaping,
  isPortrayed,
  isScanned,
  listDifferences,
  notScanned,
} from '#shared/derived/describe-audit.ts'
import { auditMeasures, smallCell, titleOfAxis, type ParityAxis } from '#shared/domain/audit-measures.ts'
import { formatCount, formatEstimate, formatShare } from '#shared/domain/format.ts'
import type { Estimate } from '#shared/domain/intervals.ts'
import { formatCategory } from '#renderer/components/format.ts'
import { groupStyleOf } from '#renderer/components/group-style.ts'
import { drawInterval, layOutRows, plainStyle } from '#renderer/components/plot/interval-rows.ts'
import { plotLayout, type PlotColors, type PlotFigure } from '#renderer/components/plot/plot-figure.ts'

export const nameLabels = (group: GroupLabels): string => Object.values(group).map(formatCategory).join(', ')

export const parityOf = ({ parity }: DatasetAudit, axis: ParityAxis): ParityAudit | undefined =>
  parity.find((one) => one.axis === axis)

const formatBounded = ({ value, low, high }: ParityAudit['entropy']): string => {
  if (value === null) return '–'
  return low === null || high === null
    ? value.toFixed(3)
    : `${value.toFixed(3)} (${low.toFixed(3)}–${high.toFixed(3)})`
}

const formatOr = (estimate: Estimate | undefined): string =>
  estimate === undefined || estimate.n === 0 ? '–' : formatEstimate(estimate)

export interface SummaryRow {
  readonly criterion: string
  readonly title: string
  /** What it means, for who does not know. */
  readonly help: string
  readonly cell: (dataset: DatasetAudit) => string
}

const parityRows = (['race', 'gender', 'age', 'raceGender'] as const).flatMap((axis): SummaryRow[] => [
  {
    criterion: 'Parity',
    title: `${titleOfAxis(axis)}: evenness`,
    help: 'Normalised entropy: 1 where all groups are equally large, 0 where one has all',
    cell: (dataset) => {
      const parity = parityOf(dataset, axis)
      return parity === undefined ? '–' : formatBounded(parity.entropy)
    },
  },
  {
    criterion: 'Parity',
    title: `${titleOfAxis(axis)}: smallest to largest`,
    help: 'Images of the smallest group over those of the largest',
    cell: (dataset) => {
      const parity = parityOf(dataset, axis)
      if (parity?.least === null || parity?.most === null || parity === undefined) return '–'
      return `${formatBounded(parity.minMaxRatio)}: ${nameLabels(parity.least)} to ${nameLabels(parity.most)}`
    },
  },
])

const alikeOf = (
  { granularity }: DatasetAudit,
  kind: 'copies' | 'people',
  task: 'race' | 'gender' | 'age',
): Estimate | undefined => granularity.agreement.find((one) => one.kind === kind && one.task === task)?.alike

/** What is compared of data sets that stand side by side, in the order of the criteria. */
export const summaryRows: readonly SummaryRow[] = [
  {
    criterion: 'Scale',
    title: 'Images',
    help: 'That were not removed; the method asks for more than 100,000',
    cell: ({ scale }) => `${formatCount(scale.images)}${scale.isLarge ? '' : ', not more than 100,000'}`,
  },
  {
    criterion: 'Scale',
    title: 'People',
    help: 'Named by the data set or inferred from faces; copies of nobody known count as one',
    cell: ({ scale }) =>
      `${formatCount(scale.people)}${scale.known.unknown > 0 ? `; nobody is known in ${formatCount(scale.known.unknown)} images` : ''}`,
  },
  ...parityRows,
  {
    criterion: 'Parity',
    title: 'Cells without an image',
    help: 'Of every race with every gender and age',
    cell: (dataset) => {
      const cells = parityOf(dataset, 'cells')
      if (cells === undefined) return '–'
      return `${formatCount(cells.empty)} of ${formatCount(cells.groups)}, and ${formatCount(cells.small)} below ${smallCell} images`
    },
  },
  ...(['race', 'gender', 'age'] as const).map((task): SummaryRow => ({
    criterion: 'Granularity',
    title: `No ${task} label`,
    help: 'Share of the images',
    cell: ({ granularity }) => formatOr(granularity.labels.find((one) => one.task === task)?.missing),
  })),
  {
    criterion: 'Granularity',
    title: 'Age in years',
    help: 'Share of the images whose age is known in years rather than as a bin',
    cell: ({ granularity }) => formatOr(granularity.exactYears),
  },
  {
    criterion: 'Granularity',
    title: "Rounded ages (Whipple's index)",
    help: 'Of ages from 23 to 62: 100 where nobody rounds to 0 or 5, 500 where all do',
    cell: ({ granularity }) => (granularity.heaping === null ? '–' : formatHeaping(granularity.heaping)),
  },
  ...(['race', 'gender', 'age'] as const).map((task): SummaryRow => ({
    criterion: 'Granularity',
    title: `Copies with one ${task}`,
    help: 'Share of the sets of equal pictures that are labelled alike',
    cell: (dataset) => formatOr(alikeOf(dataset, 'copies', task)),
  })),
  ...(['race', 'gender'] as const).map((task): SummaryRow => ({
    criterion: 'Granularity',
    title: `People with one ${task}`,
    help: 'Share of the people with several pictures that are labelled alike in all',
    cell: (dataset) => formatOr(alikeOf(dataset, 'people', task)),
  })),
  {
    criterion: 'Diversity',
    title: 'Largest difference between groups',
    help: 'By the share of the spread that groups explain, among those beyond chance',
    cell: (dataset) => {
      const [largest] = listDifferences(dataset)
      if (largest !== undefined) return describeDifference(largest)
      return isScanned(dataset) ? 'none beyond chance' : notScanned
    },
  },
  {
    criterion: 'Skin',
    title: 'Apparent skin colour told',
    help: 'Share of the images; not of greyscale, burnt out, small or cut faces',
    cell: (dataset) => (isPortrayed(dataset) ? formatOr(dataset.skin.tones[0]?.usable) : 'not measured yet'),
  },
  {
    criterion: 'Skin',
    title: 'Light and red, light and yellow, dark and red, dark and yellow',
    help: 'Apparent, under the light of each picture: L* from 60 is light, a hue from 55 degrees yellow',
    cell: ({ skin }) => {
      const cells = skin.tones[0]?.cells ?? []
      if (skin.measured === 0) return '–'
      const shares = cells.map(({ value }) => (value === null ? '–' : formatShare(value)))
      return `${shares.join(', ')}, n = ${formatCount(skin.measured)}`
    },
  },
]

const rowOf = (name: string, n: number): string => `${name}  n ${formatCount(n)}`

const styleOf = (race: string | undefined, colors: PlotColors) =>
  race === undefined ? plainStyle(colors) : groupStyleOf(race)

/** Shares of the groups with their intervals, beside the share that each would have if all were equal. */
export function parityFigure(dataset: DatasetAudit, parity: ParityAudit, colors: PlotColors): PlotFigure {
  const layout = plotLayout(colors, { x: 'Share of labelled images', y: '' })
  const { shares, labelled, groups } = parity
  const most = Math.max(1 / groups, ...shares.map(({ high, value }) => high ?? value ?? 0))
  return {
    title: `${dataset.name}: ${titleOfAxis(parity.axis).toLowerCase()}`,
    note: `n ${formatCount(labelled)}; lines: 95% intervals over people; dashed: all equal`,
    data: shares.flatMap(({ group, n, value, low, high }) =>
      value === null || low === null || high === null
        ? []
        : [
            drawInterval(
              {
                name: nameLabels(group),
                row: rowOf(nameLabels(group), n),
                value,
                low,
                high,
                style: styleOf(group.race, colors),
                isHollow: n < smallCell,
                hover: `${formatShare(value)} (${formatShare(low)}–${formatShare(high)}), n ${formatCount(n)}`,
              },
              colors,
            ),
          ],
    ),
    layout: {
      ...layOutRows(
        layout,
        { rows: shares.map(({ group, n }) => rowOf(nameLabels(group), n)), overall: 1 / groups },
        colors,
      ),
      xaxis: { ...layout.xaxis, tickformat: '.0%', range: [0, most * 1.08], fixedrange: true },
    },
    table: {
      columns: ['group', 'n', 'share', 'low', 'high'],
      rows: shares.map(({ group, n, value, low, high }) => [nameLabels(group), n, value, low, high]),
    },
  }
}

/** Median and middle half of a measure in each group. */
export function spreadFigure(
  dataset: DatasetAudit,
  diversity: DiversityAudit,
  colors: PlotColors,
): PlotFigure {
  const { title, unit } = auditMeasures[diversity.measure]
  const layout = plotLayout(colors, { x: `${title} (${unit})`, y: '' })
  const { groups, axis, all } = diversity
  return {
    title: `${dataset.name}: ${title.toLowerCase()} by ${axis}`,
    note: `n ${formatCount(all.n)}; dot: median, line: middle half of the images`,
    data: groups.flatMap(({ group, n, median, q1, q3 }) =>
      median === null || q1 === null || q3 === null
        ? []
        : [
            drawInterval(
              {
                name: formatCategory(group),
                row: rowOf(formatCategory(group), n),
                value: median,
                low: q1,
                high: q3,
                style: styleOf(axis === 'race' ? group : undefined, colors),
                isHollow: n < smallCell,
                hover: `${median.toPrecision(3)} (${q1.toPrecision(3)}–${q3.toPrecision(3)}) ${unit}, n ${formatCount(n)}`,
              },
              colors,
            ),
          ],
    ),
    layout: {
      ...layOutRows(
        layout,
        { rows: groups.map(({ group, n }) => rowOf(formatCategory(group), n)), overall: all.median },
        colors,
      ),
      xaxis: { ...layout.xaxis, fixedrange: true },
    },
    table: {
      columns: ['group', 'n', 'people', 'p5', 'q1', 'median', 'q3', 'p95'],
      rows: groups.map(({ group, n, people, low, q1, median, q3, high }) => [
        group,
        n,
        people,
        low,
        q1,
        median,
        q3,
        high,
      ]),
    },
  }
}
