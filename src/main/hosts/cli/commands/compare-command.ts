import * as z from 'zod'
import { evaluationId } from '#shared/contract/base.contract.ts'
import {
  groupingName,
  type ComparisonResult,
  type PairedFigures,
  type TaskComparison,
} from '#shared/contract/fairness.contract.ts'
import { nameGroup } from '#shared/derived/describe-fairness.ts'
import { describePaired } from '#shared/derived/describe-comparison.ts'
import { formatEstimate } from '#shared/domain/format.ts'
import { tasks } from '#shared/domain/tasks.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { decimalFlag, integerFlag, parseFlags, pickByReference } from '../parse-flags.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'

const compareFlags = z.object({
  evaluation: integerFlag.pipe(evaluationId),
  with: z.string().min(1),
  by: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(z.array(groupingName).min(1))
    .optional(),
  margin: decimalFlag.optional(),
  confidence: decimalFlag.optional(),
  correction: z.enum(['holm', 'benjamini-hochberg', 'none']).optional(),
})

export function addCompareCommand({ program, run }: CommandRegistry): void {
  const command = defineCommand(
    program,
    'compare',
    'a model beside another, or beside stored answers of another system, on the same images',
  )
    .requiredOption('--evaluation <number>', 'number of the evaluation')
    .requiredOption(
      '--with <other>',
      'number of another evaluation, or baseline:<number or name> for stored answers (evenhand baselines list)',
    )
    .option('--by <labellings>', 'race, gender, age, or several with commas between (default: race)')
    .option('--margin <number>', 'what is small enough to be called alike (default: 0.05, five points)')
    .option('--confidence <share>', 'how often an interval holds the truth (default: 0.95)')
    .option('--correction <kind>', 'holm, benjamini-hochberg or none, over the groups (default: holm)')
  command.action(() =>
    run(command, async (context) => {
      const { evaluation, with: named, ...flags } = parseFlags(compareFlags, command.opts())
      const { client } = await context.openProject()
      const [, reference] = /^baseline:(.+)$/.exec(named) ?? []
      const listed = reference === undefined ? [] : await client.baseline.list()
      const baselines = listed.map((one) => ({ ...one, id: one.baselineId }))
      const other =
        reference === undefined
          ? {
              evaluationId: parseFlags(z.object({ with: integerFlag.pipe(evaluationId) }), { with: named })
                .with,
            }
          : { baselineId: pickByReference(baselines, reference, 'baseline').baselineId }
      const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))
      const result = await client.fairness.compare(
        { ...given, evaluationId: evaluation, with: other },
        { signal: context.signal },
      )
      for (const note of result.notes) context.note(note)
      return { json: result, text: describeComparison(result) }
    }),
  )
}

interface Row {
  readonly what: string
  readonly figures: PairedFigures
}

const listRows = (task: string, compared: TaskComparison): Row[] => [
  { what: `${task}, all`, figures: compared },
  ...(compared.detected === null
    ? []
    : [{ what: `${task}, where the second found a face`, figures: compared.detected }]),
  ...compared.byGroup.map(({ group, ...figures }) => ({ what: `  labelled ${nameGroup(group)}`, figures })),
]

function describeComparison(result: ComparisonResult): string {
  const rows = tasks.flatMap((task) => {
    const compared = result.tasks[task]
    return compared === null ? [] : listRows(task, compared)
  })
  const table = formatTable(rows, [
    { title: 'accuracy', cell: ({ what }) => what },
    { title: 'a', cell: ({ figures }) => formatEstimate(figures.a) },
    { title: 'b', cell: ({ figures }) => formatEstimate(figures.b) },
    { title: 'a less b', cell: ({ figures }) => describePaired(figures, 'share').difference },
    { title: 'p', cell: ({ figures }) => figures.adjusted?.toPrecision(2) ?? '', alignRight: true },
    { title: 'verdict', cell: ({ figures }) => describePaired(figures, 'share').verdict },
  ])
  const years = result.tasks.age?.years ?? null
  const inYears = years === null ? [] : [describePaired(years, 'years').sentence]
  return [`a: ${result.a.name}`, `b: ${result.b.name}`, table, ...inYears, result.method].join('\n')
}
