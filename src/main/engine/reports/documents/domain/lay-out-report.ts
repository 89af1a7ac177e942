import type { ReportDepth, ReportDocument, ReportTask } from '#shared/contract/report.contract.ts'
import { fewestForFigure } from '#shared/domain/fairness-metrics.ts'
import { formatCount } from '#shared/domain/format.ts'
import { drawCells, drawConfusion, drawGroups, drawReliability } from './draw-figures.ts'
import { describeTrust, explainMethod, glossary, howToVerify, listIdentity } from './lay-out-records.ts'
import {
  tabulateGaps,
  tabulateGroups,
  tabulatePairs,
  tabulatePopulation,
  tabulateSystem,
  tabulateTasks,
} from './lay-out-tables.ts'
import type { Block, Page, Section } from './page.ts'
import { byWords, metricTitle, partWords, taskTitles } from './words.ts'

const depths: readonly ReportDepth[] = ['summary', 'standard', 'full']

/** What a report shows at a depth. Everything comes from the document: nothing is computed here but shares of counts. */
export function layOutReport(report: ReportDocument, depth: ReportDepth): Page {
  const reaches = (least: ReportDepth): boolean => depths.indexOf(depth) >= depths.indexOf(least)
  const { subject, population } = report
  const sections: (Section | null)[] = [
    layOutSummary(report, depth),
    reaches('standard') ? layOutPopulation(report) : null,
    ...(reaches('standard') ? report.tasks.map((task) => layOutTask(task, depth)) : []),
    reaches('standard') ? layOutSystems(report) : null,
    reaches('standard') ? describeTrust(report) : null,
    reaches('standard') ? explainMethod(report) : null,
    layOutMissing(report, depth),
    reaches('standard') ? glossary : null,
    howToVerify(report, depth),
    listIdentity(report, depth),
  ]
  return {
    title: 'Fairness report',
    subtitle: `${subject.model}, measured on ${formatCount(subject.images)} images of ${formatCount(population.people)} people or sets of copies: the ${partWords(subject)} of split ${subject.split}`,
    date: report.at.slice(0, 10),
    sections: sections.filter((section) => section !== null),
    isDense: depth === 'summary',
  }
}

const findingMarks = {
  trust: 'Read this first',
  differs: 'Groups differ',
  unknown: 'Not known',
  figure: 'As a whole',
} as const

function layOutSummary(report: ReportDocument, depth: ReportDepth): Section {
  return {
    id: 'summary',
    title: 'What matters most',
    blocks: [
      {
        kind: 'findings',
        items: report.findings.map(({ kind, text }) => ({ mark: findingMarks[kind], text })),
      },
      {
        kind: 'text',
        text: 'Groups are what annotators wrote of a picture, not who somebody is. A range such as 70.5 to 72.3 is where the true figure lies 19 times in 20; the fewer the images, the wider it is.',
      },
      tabulateTasks(report.tasks, { isShort: depth === 'summary' }),
      ...tabulateGaps(report.tasks, { isShort: depth === 'summary' }),
      {
        kind: 'text',
        text: 'Groups of a few images differ by chance even where a model treats all alike. A gap says something where it is clearly larger than the one by chance: a p below 0.05 is seldom chance, a larger one leaves it open.',
      },
    ],
  }
}

function layOutPopulation(report: ReportDocument): Section {
  const { cells } = report.population
  return {
    id: 'population',
    title: 'Who is in the images',
    blocks: [
      {
        kind: 'text',
        text: `Of ${formatCount(cells.all)} combinations of race, gender and age ${formatCount(cells.empty)} have no image and ${formatCount(cells.below30)} have fewer than 30, too few for a figure of their own.`,
      },
      ...tabulatePopulation(report),
    ],
  }
}

function layOutTask(task: ReportTask, depth: ReportDepth): Section {
  const name = taskTitles[task.task]
  if (task.result.accuracy.n === 0) return { id: task.task, title: name, blocks: [describeUncounted(task)] }
  const accuracy = task.groups.filter(({ metric }) => metric === 'accuracy')
  const others = task.groups.filter(({ metric }) => metric !== 'accuracy')
  const blocks: Block[] = [
    ...accuracy.flatMap((table): Block[] => {
      if (table.by.length > 2) return layOutCells(table, depth)
      return [
        { kind: 'heading', text: `By ${byWords(table.by)}` },
        ...drawTable(table),
        tabulateGroups(table),
        ...tabulatePairs(table, depth === 'full' ? 'all' : 'differs'),
      ]
    }),
    { kind: 'heading', text: 'What is answered for what' },
    {
      kind: 'figure',
      svg: drawConfusion(task.result.confusion),
      caption: `${name}: of the images of each label, the share and number that was answered so; the number alone below 30 images of a label`,
      alt: `Confusion of ${task.task}. ${describeConfusion(task)}`,
    },
    ...layOutReliability(task),
    ...others.flatMap((table): Block[] => [
      { kind: 'heading', text: `${metricTitle(table)}, by ${byWords(table.by)}` },
      ...drawTable(table),
      tabulateGroups(table),
      ...tabulatePairs(table, depth === 'full' ? 'all' : 'differs'),
    ]),
    ...(task.result.missing === 0 ? [] : [describeUncounted(task)]),
  ]
  return { id: task.task, title: name, blocks }
}

const describeUncounted = ({ task, result: { accuracy, missing } }: ReportTask): Block => ({
  kind: 'text',
  text:
    accuracy.n === 0
      ? `No image has a label for ${task} that the model knows, so that nothing can be said of its answers.`
      : `${formatCount(missing)} images count in no figure of ${task}: their label is missing, or is none that the model knows.`,
})

function drawTable(table: ReportTask['groups'][number]): Block[] {
  const svg = drawGroups(table)
  if (svg === null) return []
  const title = `${metricTitle(table)} (${table.task}) by labelled ${byWords(table.by)}`
  return [
    {
      kind: 'figure',
      svg,
      caption: `${title}: each group with its 95 % interval; the dashed line is everyone; hollow points rest on fewer than 100 images`,
      alt: `${title}: the same figures as in the table below.`,
    },
  ]
}

function layOutCells(table: ReportTask['groups'][number], depth: ReportDepth): Block[] {
  const svg = drawCells(table)
  const figure: Block[] =
    svg === null
      ? []
      : [
          {
            kind: 'figure',
            svg,
            caption: `Accuracy of ${table.task} in every combination of race, gender and age; darker is higher; fewer than 30 images have their count alone`,
            alt: `Accuracy of ${table.task} by ${byWords(table.by)}: figures stand in the cells.`,
          },
        ]
  return [
    { kind: 'heading', text: `By ${byWords(table.by)}` },
    ...figure,
    ...(depth === 'full' ? [tabulateGroups(table)] : []),
  ]
}

function describeConfusion({ result }: ReportTask): string {
  const { labels, counts } = result.confusion
  return labels
    .map((label, index) => {
      const row = counts[index] ?? []
      const sum = row.reduce((all, one) => all + one, 0)
      return `${label}: ${formatCount(row[index] ?? 0)} of ${formatCount(sum)} right`
    })
    .join('; ')
}

function layOutReliability({ task, reliability }: ReportTask): Block[] {
  return reliability.flatMap((one): Block[] => {
    const of = one.label === null ? 'the answer given' : `the label ${one.label}, whatever was answered`
    return [
      { kind: 'heading', text: `How sure and how right: ${of}` },
      {
        kind: 'figure',
        svg: drawReliability(one),
        caption: `${taskTitles[task]}: confidence of ${of} against how often it was right, in bins of a fifteenth; bins below 30 images are left out`,
        alt: `Calibration of ${task}: the same figures as in the table below.`,
      },
      {
        kind: 'table',
        caption: `${taskTitles[task]}: confidence of ${of}`,
        columns: [
          { title: 'Confidence' },
          { title: 'Images', alignRight: true },
          { title: 'Mean confidence', alignRight: true },
          { title: 'Right', alignRight: true },
        ],
        rows: one.bins
          .filter(({ n }) => n > 0)
          .map(({ from, to, n, confidence, right }) => {
            const show = (share: number | null): string =>
              n < fewestForFigure ? 'count only' : `${((share ?? 0) * 100).toFixed(1)}%`
            return [
              `${(from * 100).toFixed(1)} to ${(to * 100).toFixed(1)} %`,
              formatCount(n),
              show(confidence),
              show(right),
            ]
          }),
        faint: one.bins.filter(({ n }) => n > 0).map(({ n }) => n < 100),
      },
    ]
  })
}

function layOutSystems({ systems }: ReportDocument): Section | null {
  if (systems.length === 0) return null
  return {
    id: 'systems',
    title: 'Other systems on the same images',
    blocks: systems.flatMap((system): Block[] => [
      tabulateSystem(system),
      { kind: 'text', text: system.method },
      ...(system.notes.length === 0 ? [] : [{ kind: 'list' as const, items: system.notes }]),
    ]),
  }
}

function layOutMissing({ missing }: ReportDocument, depth: ReportDepth): Section {
  if (depth === 'summary') {
    const names = missing.map(({ what }) => what.charAt(0).toLowerCase() + what.slice(1))
    return {
      id: 'missing',
      title: 'What this report does not hold',
      blocks: [
        {
          kind: 'text',
          text: `Not in it: ${names.join('; ')}. The standard report says why, and what brings it in.`,
        },
      ],
    }
  }
  return {
    id: 'missing',
    title: 'What this report does not hold',
    blocks: [
      {
        kind: 'table',
        caption: 'What is missing, why, and what brings it in',
        columns: [{ title: 'What' }, { title: 'Why' }, { title: 'What to do' }],
        rows: missing.map(({ what, why, howTo }) => [what, why, howTo]),
      },
    ],
  }
}
