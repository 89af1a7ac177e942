import type { FairnessResult } from '#shared/contract/fairness.contract.ts'
import type { ReportDocument, ReportTask } from '#shared/contract/report.contract.ts'
import {
  describeGapByChance,
  describePairVerdict,
  formatFigure,
  formatFigureBounds,
} from '#shared/derived/describe-fairness.ts'
import {
  formatCount,
  formatEstimate,
  formatPercent,
  formatYears,
  scaleEstimate,
} from '#shared/domain/format.ts'
import type { Block, TableBlock } from './page.ts'
import { byWords, formatP, metricTitle, nameGroup, orderGroup, taskTitles } from './words.ts'

const right = (title: string) => ({ title, alignRight: true })

/** Each task's figures as a whole, in a line; in short those alone that a first reading wants. */
export function tabulateTasks(tasks: readonly ReportTask[], { isShort }: { isShort: boolean }): TableBlock {
  const rows = tasks.flatMap(({ task, result }) => {
    const { accuracy, balancedAccuracy, macroF1, oneOff, years } = result
    const line = (what: string, estimate: Parameters<typeof formatEstimate>[0] | null): string[][] =>
      estimate === null ? [] : [[taskTitles[task], what, formatEstimate(estimate)]]
    const hasYears = (years?.meanAbsoluteError.n ?? 0) > 0
    if (accuracy.n === 0) return line('answered right', accuracy)
    if (isShort)
      return [
        ...line('answered right', accuracy),
        ...(years === null || !hasYears
          ? []
          : [[taskTitles[task], 'mean absolute error', formatYears(years.meanAbsoluteError)]]),
      ]
    const inYears = (what: string, text: string): string[][] => [[taskTitles[task], what, text]]
    return [
      ...line('answered right', accuracy),
      ...line('balanced accuracy', balancedAccuracy),
      ...line('macro-F1', macroF1),
      ...line('at most one bin off', oneOff),
      ...(years === null || !hasYears
        ? []
        : [
            ...inYears('mean absolute error', formatYears(years.meanAbsoluteError)),
            ...inYears('median absolute error', formatYears(years.medianAbsoluteError)),
            ...inYears('root mean square error', formatYears(years.rootMeanSquareError)),
            ...inYears('bias', formatYears(years.bias, 'signed')),
            ...inYears(
              'bias for each 10 years of age',
              formatYears(scaleEstimate(years.errorSlope, 10), 'signed'),
            ),
            ...line('at most 5 years off', years.within5),
          ]),
    ]
  })
  return {
    kind: 'table',
    caption: 'Each task as a whole, with 95 % intervals',
    columns: [{ title: 'Task' }, { title: 'Figure' }, { title: 'Estimate (95 % interval), images' }],
    rows,
  }
}

const isAccuracy = ({ metric }: FairnessResult): boolean => metric === 'accuracy'

/** The gap of every labelling beside the one that chance alone gives; in short of single labellings. */
export function tabulateGaps(tasks: readonly ReportTask[], { isShort }: { isShort: boolean }): Block[] {
  const counted = tasks.filter(({ result }) => result.accuracy.n > 0)
  const tables = counted.flatMap(({ task, groups }) =>
    groups
      .filter((one) => isAccuracy(one) && (!isShort || one.by.length === 1))
      .map((table) => ({ table, title: `${taskTitles[task]} by ${byWords(table.by)}` })),
  )
  const silent = tables.flatMap(({ table: { aggregate }, title }) => (aggregate === null ? [title] : []))
  const rows = tables.flatMap(({ table: { aggregate, gap, unshuffled }, title }) => {
    if (aggregate === null) return []
    const points = (value: number | null): string => (value === null ? '–' : (value * 100).toFixed(1))
    return [
      [
        title,
        formatCount(aggregate.groups),
        `${points(aggregate.min)} to ${points(aggregate.max)} %`,
        `${points(aggregate.difference)}${aggregate.low === null || aggregate.high === null ? '' : ` (${points(aggregate.low)} to ${points(aggregate.high)})`}`,
        gap !== null
          ? `${points(gap.expectedByChance)}, seldom above ${points(gap.highByChance)}`
          : unshuffled.length > 0
            ? 'cannot be told'
            : '–',
        gap === null ? '–' : formatP(gap.p),
        aggregate.ratio === null ? '–' : aggregate.ratio.toFixed(3),
      ],
    ]
  })
  const said: Block[] =
    silent.length === 0
      ? []
      : [
          {
            kind: 'text',
            text: `Nothing can be said of a gap where fewer than two groups have 30 images: ${silent.join('; ')}.`,
          },
        ]
  if (rows.length === 0) return said
  return [
    {
      kind: 'table',
      caption:
        'The largest gap in accuracy between groups of 30 images or more, in points, beside the gap that chance alone gives',
      columns: [
        { title: 'Task and groups' },
        right('Groups'),
        right('From, to'),
        right('Gap (corrected 95 % interval)'),
        right('By chance'),
        right('p'),
        right('Lowest / highest'),
      ],
      rows,
    },
    ...said,
  ]
}

/** Figures of every group of a table. */
export function tabulateGroups(table: FairnessResult): TableBlock {
  const groups = table.groups.filter(({ n }) => n > 0)
  const empty = table.groups.length - groups.length
  return {
    kind: 'table',
    caption: `${metricTitle(table)} (${table.task}) by labelled ${byWords(table.by)}${empty === 0 ? '' : ` (${formatCount(empty)} groups have no image that counts)`}`,
    columns: [
      { title: `Labelled ${byWords(table.by)}` },
      right('Figure'),
      right('95 % interval'),
      right('Images'),
      right('People or sets of copies'),
      right('Drawn to the mean'),
    ],
    rows: groups.map((group) => [
      nameGroup(group.group),
      group.shown === 'counts only' ? 'count only' : formatFigure(group.value, table.metric),
      formatFigureBounds(group, table.metric).replace(/^\(|\)$/g, ''),
      formatCount(group.n),
      formatCount(group.identities),
      group.shrunken === null ? '' : formatFigure(group.shrunken, table.metric),
    ]),
    faint: groups.map(({ shown }) => shown !== 'yes'),
  }
}

/** Pairs of groups with their verdicts. @param which those of some verdicts alone, or all */
export function tabulatePairs(table: FairnessResult, which: 'differs' | 'all'): Block[] {
  const pairs = which === 'all' ? table.pairs : table.pairs.filter(({ verdict }) => verdict === 'differs')
  const count = (verdict: string): number => table.pairs.filter((pair) => pair.verdict === verdict).length
  const summary =
    table.pairs.length === 0
      ? []
      : [
          {
            kind: 'text' as const,
            text: `Of ${formatCount(table.pairs.length)} pairs of groups ${formatCount(count('differs'))} differ, ${formatCount(count('alike'))} are alike within ${formatFigure(table.pairs[0]?.margin ?? null, table.metric, 'signed').replace('+', '')}, and for ${formatCount(count('not enough data'))} the data do not tell. ${describeGapByChance({ ...table, unshuffled: table.unshuffled.map(orderGroup) })}`.trim(),
          },
        ]
  if (pairs.length === 0) return summary
  return [
    ...summary,
    {
      kind: 'table',
      caption: `${which === 'all' ? 'All pairs' : 'Pairs that differ'}: ${metricTitle(table)} (${table.task}) by labelled ${byWords(table.by)}`,
      columns: [
        { title: 'Pair' },
        right('Difference'),
        right('Corrected interval'),
        right('p, corrected'),
        { title: 'Verdict' },
      ],
      rows: pairs.map((pair) => [
        `${nameGroup(pair.a)} – ${nameGroup(pair.b)}`,
        formatFigure(pair.difference, table.metric, 'signed'),
        formatFigureBounds(pair, table.metric, 'signed').replace(/^\(|\)$/g, ''),
        formatP(pair.adjusted),
        describePairVerdict(pair, table.metric),
      ]),
    },
  ]
}

/** Who is in the images. */
export function tabulatePopulation({ population }: Pick<ReportDocument, 'population'>): TableBlock[] {
  return population.groupings.map(({ grouping, groups, unlabelled }) => ({
    kind: 'table',
    caption: `Images, and people or sets of copies, by labelled ${grouping}`,
    columns: [
      { title: `Labelled ${grouping}` },
      right('Images'),
      right('Share'),
      right('People or sets of copies'),
    ],
    rows: [
      ...groups.map(({ group, images, people }) => [
        group,
        formatCount(images),
        `${formatPercent(images / Math.max(1, population.images))}%`,
        formatCount(people),
      ]),
      ...(unlabelled === 0
        ? []
        : [
            [
              'not labelled',
              formatCount(unlabelled),
              `${formatPercent(unlabelled / Math.max(1, population.images))}%`,
              '',
            ],
          ]),
    ],
  }))
}

/** Another system on the same images. */
export function tabulateSystem({
  tasks,
  a,
  b,
  undetected,
  images,
}: ReportDocument['systems'][number]): TableBlock {
  const rows = (['race', 'gender', 'age'] as const).flatMap((task) => {
    const found = tasks[task]
    if (found === null) return []
    const row = (name: string, one: typeof found | (typeof found.byGroup)[number]): string[] => [
      name,
      formatEstimate(one.a),
      formatEstimate(one.b),
      one.difference.value === null
        ? '–'
        : `${formatFigure(one.difference.value, 'accuracy', 'signed')} ${formatFigureBounds(one.difference, 'accuracy', 'signed')}`,
      describePairVerdict({ ...one, difference: one.difference.value ?? 0 }, 'accuracy'),
    ]
    return [
      row(taskTitles[task], found),
      ...found.byGroup.map((one) => row(`  ${nameGroup(one.group)}`, one)),
    ]
  })
  return {
    kind: 'table',
    caption: `${a.name} beside ${b.name} on the ${formatCount(images)} images that both were asked about${undetected === 0 ? '' : `; in ${formatCount(undetected)} the second found no face`}`,
    columns: [{ title: 'Task' }, right(a.name), right(b.name), right('Difference'), { title: 'Verdict' }],
    rows,
  }
}
