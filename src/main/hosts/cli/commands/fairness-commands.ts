import * as z from 'zod'
import { evaluationId, task } from '#shared/contract/base.contract.ts'
import {
  groupingName,
  type AgeGateResult,
  type ErrorTreeResult,
  type FairnessResult,
  type SamePersonResult,
} from '#shared/contract/fairness.contract.ts'
import {
  describeAggregate,
  describeGapByChance,
  describePairVerdict,
  formatFigure,
  formatFigureBounds,
  nameGroup,
} from '#shared/derived/describe-fairness.ts'
import {
  describeConditions,
  describeErrorTree,
  describeLeafState,
  formatLeafDifference,
} from '#shared/derived/describe-error-tree.ts'
import { fairnessMetricNames, fairnessMetrics } from '#shared/domain/fairness-metrics.ts'
import { formatConfidence, formatCount, formatEstimate, formatYears } from '#shared/domain/format.ts'
import type { BaselineId } from '#shared/contract/baseline.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { LocalClient } from '../../local-client.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { decimalFlag, integerFlag, parseFlags, pickByReference } from '../parse-flags.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'

const byFlag = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .pipe(z.array(groupingName).min(1))
const evaluationFlag = integerFlag.pipe(evaluationId)

const fairnessFlags = z.object({
  evaluation: evaluationFlag.optional(),
  baseline: z.string().min(1).optional(),
  undetected: z.enum(['counted', 'excluded']).optional(),
  task: task.default('race'),
  metric: z.enum(fairnessMetricNames).default('accuracy'),
  label: z.string().optional(),
  by: byFlag.optional(),
  margin: decimalFlag.optional(),
  correction: z.enum(['holm', 'benjamini-hochberg', 'none']).optional(),
  confidence: decimalFlag.optional(),
  simultaneous: z.literal(true).optional(),
  draws: integerFlag.optional(),
  seed: integerFlag.optional(),
})

export function addFairnessCommands({ program, run }: CommandRegistry): void {
  addFairness({ program, run })
  addAgeGate({ program, run })
  addSamePerson({ program, run })
  addErrorTree({ program, run })
}

function addFairness({ program, run }: CommandRegistry): void {
  const command = defineCommand(
    program,
    'fairness',
    'figures by group, the gap beside what chance gives, and pairs of groups with their verdicts',
  )
    .option('--evaluation <number>', 'number of the evaluation')
    .option('--baseline <baseline>', 'number or name of stored answers instead (evenhand baselines list)')
    .option(
      '--undetected <kind>',
      'images in which a baseline found no face: counted as errors, or excluded (default: counted)',
    )
    .option('--task <task>', 'race, gender or age (default: race)')
    .option('--metric <metric>', `one of ${fairnessMetricNames.join(', ')} (default: accuracy)`)
    .option('--label <label>', 'the label that a metric of one label is of (default: the first)')
    .option('--by <labellings>', 'race, gender, age, or several with commas between (default: race)')
    .option(
      '--margin <number>',
      'what is small enough to be called alike (default: 0.05, five points; 1 for metrics in years)',
    )
    .option('--correction <kind>', 'holm, benjamini-hochberg or none (default: holm)')
    .option('--confidence <share>', 'how often an interval holds the truth, 0.5 to 0.9999 (default: 0.95)')
    .option('--simultaneous', 'intervals that hold for all groups together')
    .option('--draws <number>', 'shuffles and resamples; 0 leaves the gap of chance out (default: 2000)')
    .option('--seed <number>', 'seed of the shuffles (default: 1)')
  command.action(() =>
    run(command, async (context) => {
      const { evaluation, baseline, simultaneous, ...flags } = parseFlags(fairnessFlags, command.opts())
      const { client } = await context.openProject()
      const source = await findSource(client, { evaluation, baseline })
      const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))
      const result = await client.fairness.get(
        {
          ...given,
          task: flags.task,
          ...source,
          intervals: simultaneous === true ? 'simultaneous' : 'each',
        },
        { signal: context.signal },
      )
      for (const note of result.notes) context.note(note)
      return { json: result, text: describeResult(result) }
    }),
  )
}

interface NamedSource {
  readonly evaluation?: z.output<typeof evaluationFlag> | undefined
  readonly baseline?: string | undefined
}

async function findSource(client: LocalClient, { evaluation, baseline }: NamedSource) {
  if ((evaluation === undefined) === (baseline === undefined))
    throw new AppError('INVALID_INPUT', 'Name --evaluation or --baseline, and not both.')
  return baseline === undefined
    ? { evaluationId: evaluation }
    : { baselineId: await findBaseline(client, baseline) }
}

async function findBaseline(client: LocalClient, reference: string): Promise<BaselineId> {
  const listed = await client.baseline.list()
  const named = listed.map((one) => ({ ...one, id: one.baselineId }))
  return pickByReference(named, reference, 'baseline').baselineId
}

function addAgeGate({ program, run }: CommandRegistry): void {
  const command = defineCommand(
    program,
    'age-gate',
    'false adults and false minors at 13, 16, 18 and 21, with Challenge ages',
  )
    .requiredOption('--evaluation <number>', 'number of the evaluation')
    .option('--by <labellings>', 'race, gender, or both with a comma between (default: gender)')
    .option('--limit <share>', 'the largest rate of false adults that is borne (default: 0.05)')
  command.action(() =>
    run(command, async (context) => {
      const flags = parseFlags(
        z.object({
          evaluation: evaluationFlag,
          by: byFlag.default(['gender']),
          limit: decimalFlag.default(0.05),
        }),
        command.opts(),
      )
      const { client } = await context.openProject()
      const { evaluation, ...asked } = flags
      const result = await client.fairness.ageGate(
        { ...asked, evaluationId: evaluation },
        { signal: context.signal },
      )
      for (const note of result.notes) context.note(note)
      return { json: result, text: describeGate(result) }
    }),
  )
}

function addSamePerson({ program, run }: CommandRegistry): void {
  const command = defineCommand(
    program,
    'same-person',
    'how often the answer changes over the pictures of one person',
  )
    .requiredOption('--evaluation <number>', 'number of the evaluation')
    .option('--task <task>', 'race, gender or age (default: race)')
    .option('--by <labellings>', 'race, gender, age, or several with commas between (default: race)')
  command.action(() =>
    run(command, async (context) => {
      const flags = parseFlags(
        z.object({ evaluation: evaluationFlag, task: task.default('race'), by: byFlag.default(['race']) }),
        command.opts(),
      )
      const { client } = await context.openProject()
      const { evaluation, ...asked } = flags
      const result = await client.fairness.samePerson(
        { ...asked, evaluationId: evaluation },
        { signal: context.signal },
      )
      for (const note of result.notes) context.note(note)
      return { json: result, text: describeSamePerson(result) }
    }),
  )
}

function addErrorTree({ program, run }: CommandRegistry): void {
  const command = defineCommand(
    program,
    'error-tree',
    'which labels and qualities of pictures concentrate wrong answers, found on half of the people and held against the other half',
  )
    .option('--evaluation <number>', 'number of the evaluation')
    .option('--baseline <baseline>', 'number or name of stored answers instead (evenhand baselines list)')
    .option(
      '--undetected <kind>',
      'images in which a baseline found no face: counted as errors, or excluded (default: counted)',
    )
    .option('--task <task>', 'race, gender or age (default: race)')
    .option('--seed <number>', 'seed by which people are cut in halves (default: 1)')
  command.action(() =>
    run(command, async (context) => {
      const { evaluation, baseline, ...flags } = parseFlags(
        z.object({
          evaluation: evaluationFlag.optional(),
          baseline: z.string().min(1).optional(),
          undetected: z.enum(['counted', 'excluded']).default('counted'),
          task: task.default('race'),
          seed: integerFlag.default(1),
        }),
        command.opts(),
      )
      const { client } = await context.openProject()
      const source = await findSource(client, { evaluation, baseline })
      const result = await client.fairness.errorTree({ ...flags, ...source }, { signal: context.signal })
      for (const note of result.notes) context.note(note)
      return { json: result, text: describeTree(result) }
    }),
  )
}

function describeTree(result: ErrorTreeResult): string {
  const table = formatTable(result.leaves, [
    { title: 'images', cell: ({ conditions }) => describeConditions(conditions) },
    { title: 'wrong, other half', cell: ({ held }) => formatEstimate(held.wrong) },
    { title: 'people', cell: ({ held }) => formatCount(held.people), alignRight: true },
    { title: 'less the rest, corrected', cell: formatLeafDifference },
    { title: 'p', cell: ({ difference }) => difference?.adjusted.toPrecision(2) ?? '', alignRight: true },
    { title: 'found as', cell: ({ grown }) => formatEstimate(grown.wrong) },
    { title: 'verdict', cell: describeLeafState },
  ])
  return [
    `Wrong answers, ${result.task}: ${formatEstimate(result.held.wrong)} of ${formatCount(result.held.people)} people on the half held back`,
    describeErrorTree(result),
    ...(result.leaves.length === 0 ? [] : [table]),
    result.method,
  ].join('\n')
}

const shownMarks = { yes: '', wide: 'wide', 'counts only': 'counts only' } as const

function describeResult(result: FairnessResult): string {
  const { metric, groups, pairs } = result
  const { title } = fairnessMetrics[metric]
  const level = formatConfidence(result.confidence)
  const shown = groups.filter(({ n }) => n > 0)
  const table = formatTable(shown, [
    { title: `labelled ${result.by.join(', ')}`, cell: ({ group }) => nameGroup(group) },
    {
      title,
      cell: (one) => (one.shown === 'counts only' ? '' : formatFigure(one.value, metric)),
      alignRight: true,
    },
    { title: level, cell: (one) => formatFigureBounds(one, metric), alignRight: true },
    { title: 'n', cell: ({ n }) => formatCount(n), alignRight: true },
    { title: 'people', cell: ({ identities }) => formatCount(identities), alignRight: true },
    {
      title: 'shrunken',
      cell: ({ shrunken }) => (shrunken === null ? '' : formatFigure(shrunken, metric)),
      alignRight: true,
    },
    { title: 'shown', cell: (one) => shownMarks[one.shown] },
  ])
  const verdicts = formatTable(pairs, [
    { title: 'pair', cell: ({ a, b }) => `${nameGroup(a)} - ${nameGroup(b)}` },
    {
      title: 'difference',
      cell: ({ difference }) => formatFigure(difference, metric, 'signed'),
      alignRight: true,
    },
    {
      title: `corrected ${level}`,
      cell: (pair) => formatFigureBounds(pair, metric, 'signed'),
      alignRight: true,
    },
    { title: 'p', cell: ({ adjusted }) => adjusted?.toPrecision(2) ?? '', alignRight: true },
    { title: 'verdict', cell: (pair) => describePairVerdict(pair, metric) },
  ])
  const empty = groups.length - shown.length
  return [
    `${title}${result.label === null ? '' : ` of ${result.label}`}, ${result.task}: overall ${formatFigure(result.overall.value, metric)} ${formatFigureBounds(result.overall, metric)}, n = ${formatCount(result.overall.n)}`,
    table,
    ...(empty === 0 ? [] : [`${formatCount(empty)} groups have no image.`]),
    describeAggregate(result),
    describeGapByChance(result),
    ...(pairs.length === 0 ? [] : [verdicts]),
    result.method,
  ].join('\n')
}

function describeGate({ ages }: AgeGateResult): string {
  return ages
    .map(({ age, decides, groups, lowest, undecided }) => {
      if (!decides)
        return `${age}: this model answers in bins, and none begins at ${age}. It cannot decide who is ${age}.`
      const rows = groups.flatMap(({ group, rates }) => {
        const [own] = rates
        return own === undefined ? [] : [{ group, own }]
      })
      const table = formatTable(rows, [
        { title: `labelled`, cell: ({ group }) => nameGroup(group) },
        { title: `below ${age} let through`, cell: ({ own }) => formatEstimate(own.falseAdult) },
        { title: `${age} or older turned away`, cell: ({ own }) => formatEstimate(own.falseMinor) },
      ])
      const limit = `${(lowest.limit * 100).toString()}%`
      const found =
        lowest.groupsJudged === 0
          ? 'No group has 30 images of two people or more below the age: no Challenge age is named.'
          : lowest.challenge === null
            ? `No Challenge age up to ${age + 15} keeps the upper bound of minors let through below ${limit} in all ${lowest.groupsJudged} groups.`
            : `Challenge ${lowest.challenge} keeps the upper bound of minors let through below ${limit} in all ${lowest.groupsJudged} groups with 30 images of two people or more below the age.`
      const left =
        undecided === 0
          ? ''
          : ` ${formatCount(undecided)} images are labelled with a bin that holds ${age} and count on neither side.`
      return `${age}\n${table}\n${found}${left}`
    })
    .join('\n\n')
}

function describeSamePerson({ groups, by }: SamePersonResult): string {
  return formatTable(groups, [
    { title: `labelled ${by.join(', ')}`, cell: ({ group }) => nameGroup(group) },
    { title: 'people answered more than one way', cell: ({ flips }) => formatEstimate(flips) },
    {
      title: 'spread of age',
      cell: ({ spreadYears }) => (spreadYears === null ? '' : formatYears(spreadYears)),
    },
  ])
}
