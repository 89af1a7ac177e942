import type { ReportDocument } from '#shared/contract/report.contract.ts'
import { tasks as allTasks } from '#shared/domain/tasks.ts'
import type { Estimate } from '#shared/domain/intervals.ts'

type Cell = string | number | boolean | null

/** A table of a report as a spreadsheet reads it: one row a figure, shares from 0 to 1. */
export interface ReportTable {
  readonly name: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
}

const estimateColumns = ['value', 'low', 'high', 'n'] as const
const cellsOf = ({ value, low, high, n }: Estimate): Cell[] => [value, low, high, n]

const words = new Set(
  (
    'task metric label by race gender age race_a gender_a age_a race_b gender_b age_b ' +
    'shown verdict labelled answered system labelling group'
  ).split(' '),
)

/** Whether a column of a table holds words, whatever its rows have: the others hold numbers. */
export const holdsWords = (column: string): boolean => words.has(column)

/** Every figure of a document in tables. */
export const listTablesOf = (report: ReportDocument): ReportTable[] => [
  tabulateOverall(report),
  tabulateGroupFigures(report),
  tabulatePairFigures(report),
  tabulateGapFigures(report),
  tabulateConfusion(report),
  tabulateReliability(report),
  tabulateSystems(report),
  tabulatePeople(report),
]

function tabulateOverall({ tasks }: ReportDocument): ReportTable {
  const rows = tasks.flatMap(({ task, result }) => {
    const { accuracy, balancedAccuracy, macroF1, oneOff, years } = result
    const named: [string, Estimate | null][] = [
      ['accuracy', accuracy],
      ['balancedAccuracy', balancedAccuracy],
      ['macroF1', macroF1],
      ['oneOff', oneOff],
      ['meanAbsoluteError', years?.meanAbsoluteError ?? null],
      ['medianAbsoluteError', years?.medianAbsoluteError ?? null],
      ['rootMeanSquareError', years?.rootMeanSquareError ?? null],
      ['bias', years?.bias ?? null],
      ['within5', years?.within5 ?? null],
      ['errorSlope', years?.errorSlope ?? null],
    ]
    return named.flatMap(([metric, estimate]) =>
      estimate === null ? [] : [[task, metric, ...cellsOf(estimate)]],
    )
  })
  return { name: 'overall', columns: ['task', 'metric', ...estimateColumns], rows }
}

const groupColumns = ['race', 'gender', 'age'] as const
const groupCells = (group: Partial<Record<(typeof groupColumns)[number], string>>): Cell[] =>
  groupColumns.map((name) => group[name] ?? null)

function tabulateGroupFigures({ tasks }: ReportDocument): ReportTable {
  const rows = tasks.flatMap(({ task, groups }) =>
    groups.flatMap(({ metric, label, by, groups: figures }) =>
      figures.map((one) => [
        task,
        metric,
        label,
        by.join(' '),
        ...groupCells(one.group),
        ...cellsOf(one),
        one.identities,
        one.shown,
        one.shrunken,
      ]),
    ),
  )
  const columns = [
    'task',
    'metric',
    'label',
    'by',
    ...groupColumns,
    ...estimateColumns,
    'people',
    'shown',
    'shrunken',
  ]
  return { name: 'groups', columns, rows }
}

function tabulatePairFigures({ tasks }: ReportDocument): ReportTable {
  const rows = tasks.flatMap(({ task, groups }) =>
    groups.flatMap(({ metric, label, by, pairs }) =>
      pairs.map((pair) => [
        task,
        metric,
        label,
        by.join(' '),
        ...groupCells(pair.a),
        ...groupCells(pair.b),
        pair.difference,
        pair.low,
        pair.high,
        pair.p,
        pair.adjusted,
        pair.verdict,
        pair.margin,
        pair.neededN ?? null,
        pair.smallestSeen,
      ]),
    ),
  )
  const sided = (side: string) => groupColumns.map((name) => `${name}_${side}`)
  const figures = [
    'difference',
    'low',
    'high',
    'p',
    'p_corrected',
    'verdict',
    'margin',
    'needed_n',
    'smallest_seen',
  ]
  return {
    name: 'pairs',
    columns: ['task', 'metric', 'label', 'by', ...sided('a'), ...sided('b'), ...figures],
    rows,
  }
}

function tabulateGapFigures({ tasks }: ReportDocument): ReportTable {
  const rows = tasks.flatMap(({ task, groups }) =>
    groups.map(({ metric, label, by, aggregate, gap }) => [
      task,
      metric,
      label,
      by.join(' '),
      aggregate?.groups ?? 0,
      aggregate?.min ?? null,
      aggregate?.max ?? null,
      aggregate?.difference ?? null,
      aggregate?.low ?? null,
      aggregate?.high ?? null,
      aggregate?.ratio ?? null,
      gap?.expectedByChance ?? null,
      gap?.highByChance ?? null,
      gap?.excess ?? null,
      gap?.p ?? null,
    ]),
  )
  const figures = ['groups', 'min', 'max', 'difference', 'low', 'high', 'ratio']
  const chance = ['by_chance', 'high_by_chance', 'excess', 'p']
  return { name: 'gaps', columns: ['task', 'metric', 'label', 'by', ...figures, ...chance], rows }
}

function tabulateConfusion({ tasks }: ReportDocument): ReportTable {
  const rows = tasks.flatMap(({ task, result: { confusion } }) =>
    confusion.labels.flatMap((labelled, row) =>
      confusion.labels.map((answered, column) => [
        task,
        labelled,
        answered,
        confusion.counts[row]?.[column] ?? 0,
      ]),
    ),
  )
  return { name: 'confusion', columns: ['task', 'labelled', 'answered', 'images'], rows }
}

function tabulateReliability({ tasks }: ReportDocument): ReportTable {
  const rows = tasks.flatMap(({ task, reliability }) =>
    reliability.flatMap(({ label, bins }) =>
      bins.map(({ from, to, n, confidence, right }) => [task, label, from, to, n, confidence, right]),
    ),
  )
  return { name: 'calibration', columns: ['task', 'label', 'from', 'to', 'n', 'confidence', 'right'], rows }
}

function tabulateSystems({ systems }: ReportDocument): ReportTable {
  const rows = systems.flatMap(({ b, tasks }) =>
    allTasks.flatMap((task) => {
      const found = tasks[task]
      if (found === null) return []
      const row = (group: Cell[], one: typeof found | (typeof found.byGroup)[number]): Cell[] => [
        b.name,
        task,
        ...group,
        ...cellsOf(one.a).slice(0, 3),
        ...cellsOf(one.b).slice(0, 3),
        ...cellsOf(one.difference),
        one.p,
        one.adjusted,
        one.verdict,
      ]
      return [row(groupCells({}), found), ...found.byGroup.map((one) => row(groupCells(one.group), one))]
    }),
  )
  const sided = (side: string) => ['value', 'low', 'high'].map((name) => `${name}_${side}`)
  return {
    name: 'systems',
    columns: [
      'system',
      'task',
      ...groupColumns,
      ...sided('model'),
      ...sided('system'),
      'difference',
      'low',
      'high',
      'n',
      'p',
      'p_corrected',
      'verdict',
    ],
    rows,
  }
}

function tabulatePeople({ population }: ReportDocument): ReportTable {
  const rows = population.groupings.flatMap(({ grouping, groups, unlabelled }) => [
    ...groups.map(({ group, images, people }) => [grouping, group, images, people]),
    [grouping, null, unlabelled, null],
  ])
  return { name: 'population', columns: ['labelling', 'group', 'images', 'people'], rows }
}
