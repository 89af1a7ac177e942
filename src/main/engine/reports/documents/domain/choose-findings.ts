import type { FairnessResult, GroupLabels, PairFigure } from '#shared/contract/fairness.contract.ts'
import type { ReportDocument, ReportFinding, ReportTask } from '#shared/contract/report.contract.ts'
import { describePairVerdict, formatFigure } from '#shared/derived/describe-fairness.ts'
import { countOpenings } from '#shared/derived/describe-openings.ts'
import { countTimes, formatCount, formatEstimate } from '#shared/domain/format.ts'
import { nameGroup } from './words.ts'

/** What findings are chosen from: everything of a report but they. */
export type Findable = Pick<
  ReportDocument,
  'subject' | 'tasks' | 'certificate' | 'testPart' | 'isSynthetic' | 'population'
>

const findingsShown = 3

/**
 * The three things that matter most. First what decides how far any figure can be trusted, if something does; then the
 * differences between groups that the data support, by the least difference that the corrected interval leaves, the widest of each
 * task before the second of any; then what the data could not tell, by the largest difference that would have gone unseen; last the
 * accuracy of the task that is answered worst. The rule looks at every table of accuracy over one or two labellings.
 */
export function chooseFindings(report: Findable): ReportFinding[] {
  const chosen = [
    ...judgeTrust(report).slice(0, 1),
    ...listDifferences(report.tasks),
    ...listUnknown(report.tasks),
    ...listWorst(report.tasks),
  ]
  return chosen.slice(0, findingsShown)
}

function judgeTrust(report: Findable): ReportFinding[] {
  const said = [
    ...(report.isSynthetic
      ? ['These pictures are generated drawings: no figure here says anything of people.']
      : []),
    ...judgeOrigin(report),
    ...judgeOpenings(report),
    ...judgeCertificate(report),
  ]
  return said.map((text) => ({ kind: 'trust', task: null, by: [], text, figure: null }))
}

/** What the model learned by beside what it was measured on. */
function judgeOrigin({ subject, certificate }: Findable): string[] {
  const { learned, images, part } = subject
  if (learned === null) {
    return [
      'By which images the model learned is not known: if it learned from any of these, its figures are too good.',
    ]
  }
  const { splitId, split, trainedOn, chosenBy, crossvalId } = learned
  if (splitId !== subject.splitId) {
    if (trainedOn > 0)
      return [
        `${formatCount(trainedOn)} of these ${formatCount(images)} images belong to what the model learned from, under split ${split}: its figures are too good.`,
      ]
    return chosenBy > 0
      ? [
          `${formatCount(chosenBy)} of these ${formatCount(images)} images belong to what the model was chosen by, under split ${split}: its figures may be too good.`,
        ]
      : [
          `The model was trained under split ${split}. None of these pictures belongs to what it learned from there; whether the same people do, and what weights it began with had seen, nobody has looked.`,
        ]
  }
  if (certificate?.state === 'leaks') {
    return [
      'The same people or pictures stand in what the model learned from and in what it was measured on: its figures are too good by an unknown amount.',
    ]
  }
  if (part === 'test') return []
  if (part === 'train' || crossvalId !== null) {
    return [
      crossvalId !== null
        ? 'The model is of a fold of a cross-validation and learned from most of these images: its figures say how well it remembers.'
        : 'The model learned from these very images: its figures say how well it remembers, not how well it works.',
    ]
  }
  return [
    'These are images that the model was chosen by while it was made, not a sealed test part: its figures may be too good.',
  ]
}

function judgeOpenings({ testPart }: Findable): string[] {
  const openings = testPart === null ? 0 : countOpenings(testPart)
  if (openings < 2) return []
  return [
    `The pictures of this test part were opened ${countTimes(openings)}: figures after the first time may be too good.`,
  ]
}

/** A certificate speaks of the parts of one split, and so of a model that learned by it alone. */
function judgeCertificate({ subject, certificate }: Findable): string[] {
  if (subject.learned?.splitId !== subject.splitId) return []
  if (certificate === null) {
    return [
      'Nobody has looked for people or pictures that stand both in what the model learned from and in what it was measured on. If there are any, the figures are too good.',
    ]
  }
  if (certificate.state === 'stale') {
    return [
      'What was certified of this split has changed since: whether people or pictures stand in several parts is not known.',
    ]
  }
  if (certificate.state === 'undecided') {
    return [
      'Some pairs of pictures in different parts may show the same person, and nobody has decided them yet.',
    ]
  }
  return []
}

/** Tables that findings come from. */
const judged = ({ groups }: ReportTask): FairnessResult[] =>
  groups.filter(({ metric, by }) => metric === 'accuracy' && by.length <= 2)

const words = { race: 'race', gender: 'gender', age: 'age' } as const
const verb = { race: 'Race', gender: 'Gender', age: 'Age' } as const

/** The smallest difference that the corrected interval leaves. */
const leastOf = ({ low, high }: PairFigure): number => Math.min(Math.abs(low ?? 0), Math.abs(high ?? 0))

function listDifferences(tasks: readonly ReportTask[]): ReportFinding[] {
  const found = tasks.flatMap((task) =>
    judged(task).flatMap((table) => {
      const pairs = table.pairs.filter(({ verdict }) => verdict === 'differs')
      const [widest] = pairs.toSorted((a, b) => leastOf(b) - leastOf(a))
      return widest === undefined ? [] : [{ task, table, pair: widest }]
    }),
  )
  const ordered = found.toSorted((a, b) => leastOf(b.pair) - leastOf(a.pair))
  return eachTaskFirst(ordered).map(describeDifference)
}

/** The first of each task, then the others, both in their order. */
function eachTaskFirst<Found extends { readonly task: ReportTask }>(found: readonly Found[]): Found[] {
  const isFirst = (one: Found): boolean => found.find(({ task }) => task.task === one.task.task) === one
  return [...found.filter(isFirst), ...found.filter((one) => !isFirst(one))]
}

interface FoundPair {
  readonly task: ReportTask
  readonly table: FairnessResult
  readonly pair: PairFigure
}

/** The group that is served worse first. */
function turn({ a, b, difference, low, high }: PairFigure) {
  return difference <= 0
    ? {
        worse: a,
        better: b,
        apart: -difference,
        low: high === null ? null : -high,
        high: low === null ? null : -low,
      }
    : { worse: b, better: a, apart: difference, low, high }
}

function describeDifference({ task, table, pair }: FoundPair): ReportFinding {
  const { worse, better, apart, low, high } = turn(pair)
  const figureOf = (group: GroupLabels) =>
    table.groups.find((one) => nameGroup(one.group) === nameGroup(group)) ?? null
  const [under, over] = [figureOf(worse), figureOf(better)]
  const points = (value: number | null): string => (value === null ? '–' : (value * 100).toFixed(1))
  const chance =
    table.gap === null
      ? ''
      : ` By chance alone the largest gap between groups of these sizes would be about ${points(table.gap.expectedByChance)} points.`
  return {
    kind: 'differs',
    task: task.task,
    by: table.by,
    text: `${verb[task.task]} is answered right less often for images labelled ${nameGroup(worse)} (${formatFigure(under?.value ?? null, 'accuracy')} of ${formatCount(under?.n ?? 0)}) than for those labelled ${nameGroup(better)} (${formatFigure(over?.value ?? null, 'accuracy')} of ${formatCount(over?.n ?? 0)}): ${points(apart)} points apart, and with all pairs compared at once the true difference lies between ${points(low)} and ${points(high)}.${chance}`,
    figure: { value: apart, low, high, n: (under?.n ?? 0) + (over?.n ?? 0) },
  }
}

function listUnknown(tasks: readonly ReportTask[]): ReportFinding[] {
  const found = tasks.flatMap((task) =>
    judged(task).flatMap((table) => {
      if (table.pairs.some(({ verdict }) => verdict === 'differs')) return []
      const open = table.pairs.filter(({ verdict }) => verdict === 'not enough data')
      const [widest] = open.toSorted((a, b) => (b.smallestSeen ?? 1) - (a.smallestSeen ?? 1))
      return widest === undefined ? [] : [{ task, table, pair: widest }]
    }),
  )
  const ordered = found.toSorted((a, b) => (b.pair.smallestSeen ?? 1) - (a.pair.smallestSeen ?? 1))
  return eachTaskFirst(ordered).map(({ task, table, pair }) => ({
    kind: 'unknown' as const,
    task: task.task,
    by: table.by,
    text: `Whether ${words[task.task]} is answered equally well by ${table.by.join(' and ')} is not known. Of images labelled ${nameGroup(pair.a)} and ${nameGroup(pair.b)}: ${describePairVerdict(pair, 'accuracy')}.`,
    figure: {
      value: pair.difference,
      low: pair.low,
      high: pair.high,
      n: table.groups
        .filter(({ group }) => [nameGroup(pair.a), nameGroup(pair.b)].includes(nameGroup(group)))
        .reduce((sum, { n }) => sum + n, 0),
    },
  }))
}

function listWorst(tasks: readonly ReportTask[]): ReportFinding[] {
  return tasks
    .filter(({ result }) => result.accuracy.value !== null)
    .toSorted((a, b) => (a.result.accuracy.value ?? 1) - (b.result.accuracy.value ?? 1))
    .map(({ task, result }) => ({
      kind: 'figure' as const,
      task,
      by: [],
      text: `${verb[task]} is answered right for ${formatEstimate(result.accuracy)} images.`,
      figure: result.accuracy,
    }))
}
