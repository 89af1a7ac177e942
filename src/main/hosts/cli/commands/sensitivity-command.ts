import * as z from 'zod'
import { evaluationId, jobId, task } from '#shared/contract/base.contract.ts'
import { groupingName } from '#shared/contract/fairness.contract.ts'
import {
  sensitivityChoices,
  sensitivityJobResult,
  type SensitivityComparison,
  type SensitivityResult,
} from '#shared/contract/sensitivity.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import {
  changeTitles,
  describeMeasured,
  describeSensitivityGap,
} from '#shared/derived/describe-sensitivity.ts'
import { formatCount, formatEstimate, formatYears } from '#shared/domain/format.ts'
import type { CommandContext } from '../command-context.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { integerFlag, parseFlags } from '../parse-flags.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'

const flags = z.object({
  evaluation: integerFlag.pipe(evaluationId).optional(),
  job: integerFlag.pipe(jobId).optional(),
  task: task.optional(),
  by: groupingName.default('race'),
  perGroup: integerFlag.optional(),
  draws: integerFlag.optional(),
  seed: integerFlag.optional(),
})
type Flags = z.infer<typeof flags>

export function addSensitivityCommand({ program, run }: CommandRegistry): void {
  const command = defineCommand(
    program,
    'sensitivity',
    'how the answers of an evaluation change with crop, brightness and mirroring, by group',
  )
    .option('--evaluation <number>', 'number of the evaluation')
    .option('--job <number>', 'figures that a job has measured before, in the place of new ones')
    .option('--task <task>', 'race, gender or age (default: all that the model answers)')
    .option('--by <labelling>', 'race, gender or age, in the table (default: race); --json has all')
    .option('--per-group <n>', 'so many images of each group of race, by chance (default: all)')
    .option('--draws <n>', 'shuffles of groups among people, to hold gaps against chance (default: 4000)')
    .option('--seed <n>', 'of images and shuffles (default: 1)')
  command.action(() =>
    run(command, async (context) => {
      const given = parseFlags(flags, command.opts())
      const result = await findResult(context, given)
      for (const note of result.notes) context.note(note)
      return { json: result, text: describeAll(result, given) }
    }),
  )
}

/** Figures that were measured before, or new ones. */
async function findResult(context: CommandContext, given: Flags): Promise<SensitivityResult> {
  const { job, evaluation, perGroup, draws, seed } = given
  if (job !== undefined) {
    if ([evaluation, perGroup, draws, seed].some((one) => one !== undefined))
      throw new AppError(
        'INVALID_INPUT',
        '--job names figures that are measured already: it goes with --task and --by alone.',
      )
    const { client } = await context.openProject()
    return client.sensitivity.get({ jobId: job })
  }
  if (evaluation === undefined)
    throw new AppError('INVALID_INPUT', 'Name --evaluation, or --job for figures that were measured before.')
  const choices = parseFlags(sensitivityChoices, { perGroup, draws, seed })
  const { client } = await context.openProject()
  const { jobId: made } = await client.sensitivity.create({ evaluationId: evaluation, choices })
  await context.awaitJob(made, sensitivityJobResult, 'Go on with it: evenhand jobs resume.')
  return client.sensitivity.get({ jobId: made })
}

function describeAll(result: SensitivityResult, { task: wanted, by }: Flags): string {
  const shown = result.comparisons.filter(
    (one) => one.by === by && (wanted === undefined || one.task === wanted),
  )
  return [describeMeasured(result), ...shown.map(describeComparison)].join('\n\n')
}

function describeComparison({
  task: answered,
  kind,
  by,
  overall,
  groups,
  flipsGap,
  movedYearsGap,
}: SensitivityComparison): string {
  const hasYears = overall.movedYears !== null
  const table = formatTable(
    [{ group: 'all', ...overall }, ...groups],
    [
      { title: `labelled ${by}`, cell: ({ group }) => group },
      { title: 'answers that flip', cell: ({ flips }) => formatEstimate(flips) },
      ...(hasYears
        ? [
            {
              title: 'answer moves by',
              cell: ({ movedYears }: SensitivityComparison['overall']) =>
                movedYears === null ? '' : formatYears(movedYears),
            },
          ]
        : []),
      { title: 'people', cell: ({ people }) => formatCount(people), alignRight: true },
    ],
  )
  return [
    `${changeTitles[kind]}, ${answered}`,
    table,
    `Flips: ${describeSensitivityGap(flipsGap, 'share')}`,
    ...(hasYears ? [`Years: ${describeSensitivityGap(movedYearsGap, 'years')}`] : []),
  ].join('\n')
}
