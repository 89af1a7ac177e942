import { resolve } from 'node:path'
import * as z from 'zod'
import type { CrossvalId, JobId } from '#shared/contract/base.contract.ts'
import {
  crossvalResult,
  type CrossvalDetail,
  type CrossvalFold,
  type OutOfSampleResult,
} from '#shared/contract/crossval.contract.ts'
import { formatCount, formatEstimate } from '#shared/domain/format.ts'
import { tasks, type Task } from '#shared/domain/tasks.ts'
import type { CommandContext, CommandOutcome } from '../command-context.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { integerFlag, parseFlags, pickByReference } from '../parse-flags.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'
import { readRunConfig } from './train-commands.ts'
import { addChoiceFlags } from './train-flags.ts'

const crossvalFlags = z.object({ folds: integerFlag.optional(), foldSeed: integerFlag.optional() })

interface MeasuredTask {
  readonly task: Task
  readonly result: OutOfSampleResult
}

const listMeasured = (results: CrossvalDetail['results']): MeasuredTask[] =>
  tasks.flatMap((task) => {
    const result = results?.[task]
    return result === null || result === undefined ? [] : [{ task, result }]
  })

function describeResults(results: CrossvalDetail['results']): string {
  const measured = listMeasured(results)
  const whole = formatTable(measured, [
    { title: 'task', cell: ({ task }) => task },
    { title: 'out-of-sample accuracy (95% interval)', cell: ({ result }) => formatEstimate(result.accuracy) },
    { title: 'log loss', cell: ({ result }) => result.logLoss?.value.toFixed(4) ?? '', alignRight: true },
    {
      title: 'in years',
      cell: ({ result: { years } }) =>
        years === null ? '' : `mean error ${years.mae.toFixed(2)} years, n = ${formatCount(years.n)}`,
    },
  ])
  const rows = measured.flatMap(({ task, result }) => result.byRace.map((one) => ({ task, ...one })))
  const byRace = formatTable(rows, [
    { title: 'task', cell: ({ task }) => task },
    { title: 'labelled', cell: ({ group }) => group },
    { title: 'accuracy (95% interval)', cell: ({ accuracy }) => formatEstimate(accuracy) },
  ])
  return rows.length === 0 ? whole : `${whole}\n\n${byRace}`
}

function describeFold({ runId, finishedAt }: CrossvalFold): string {
  if (finishedAt !== null) return 'finished'
  return runId === null ? 'not begun' : 'begun'
}

function describeCrossval(detail: CrossvalDetail): string {
  const { id, name, state, foldHash, images, parts, leaks, results, notes, error } = detail
  const folds = formatTable(parts, [
    { title: 'fold', cell: ({ fold }) => String(fold), alignRight: true },
    { title: 'images', cell: (fold) => formatCount(fold.images), alignRight: true },
    { title: 'groups', cell: ({ groups }) => formatCount(groups), alignRight: true },
    { title: 'total variation', cell: ({ totalVariation }) => totalVariation.toFixed(4) },
    { title: 'run', cell: ({ runId }) => (runId === null ? '' : String(runId)), alignRight: true },
    { title: 'state', cell: describeFold },
  ])
  const leaking =
    leaks === null
      ? []
      : [
          `In two folds: ${leaks.identities} persons, ${leaks.files} files, ${leaks.pixels} pictures, ${leaks.groups} groups; of the test part: ${leaks.sealedImages} images`,
        ]
  return [
    `${name} (${id}), ${state}, ${formatCount(images)} images${error === null ? '' : `\n${error}`}`,
    ...(foldHash === null ? [] : [`Folds ${foldHash}`, folds]),
    ...leaking,
    ...(results === null ? [] : [describeResults(results)]),
    ...notes,
  ].join('\n')
}

export function addCrossvalCommands({ program, run }: CommandRegistry): void {
  const crossval = addChoiceFlags(
    defineCommand(program, 'crossval', 'predict every image by a model that has not seen it'),
  )
    .option('--folds <n>', 'parts of which each is predicted by a model of the others (default: 5)')
    .option('--fold-seed <n>', 'seed of the folds (default: 1)')
  crossval.action(() =>
    run(crossval, async (context) => {
      const { folds, foldSeed } = parseFlags(crossvalFlags, crossval.opts())
      const config = await readRunConfig(context, crossval.opts())
      const { client } = await context.openProject()
      const started = await client.crossval.start({ config, name: config.name, folds, seed: foldSeed })
      context.note(`Cross-validation ${started.crossvalId}`)
      return awaitCrossval(context, started)
    }),
  )
  addStored({ program: crossval, run })
}

function addStored({ program, run }: CommandRegistry): void {
  const list = defineCommand(program, 'list', 'list the cross-validations')
  list.action(() =>
    run(list, async (context) => {
      const { client } = await context.openProject()
      const all = await client.crossval.list()
      const text = formatTable(all, [
        { title: 'id', cell: ({ id }) => String(id), alignRight: true },
        { title: 'name', cell: ({ name }) => name },
        { title: 'state', cell: ({ state }) => state },
        { title: 'folds', cell: ({ foldsDone, folds }) => `${foldsDone}/${folds}`, alignRight: true },
        { title: 'images', cell: ({ images }) => formatCount(images), alignRight: true },
        { title: 'made', cell: ({ createdAt }) => createdAt },
      ])
      return { json: all, text }
    }),
  )

  const show = defineCommand(program, 'show <crossval>', 'the folds and results of a cross-validation')
  show.action((reference: string) =>
    run(show, async (context) => {
      const { client } = await context.openProject()
      const detail = await client.crossval.get({ crossvalId: await findCrossval(context, reference) })
      return { json: detail, text: describeCrossval(detail) }
    }),
  )

  const resume = defineCommand(program, 'resume <crossval>', 'go on after the folds that are finished')
  resume.action((reference: string) =>
    run(resume, async (context) => {
      const { client } = await context.openProject()
      const crossvalId = await findCrossval(context, reference)
      return awaitCrossval(context, await client.crossval.resume({ crossvalId }))
    }),
  )

  const exportCommand = defineCommand(
    program,
    'export <crossval>',
    'write out-of-sample predictions as CSV',
  ).requiredOption('--out <file>', 'CSV to write: image, fold, and per task label, answer and probabilities')
  exportCommand.action((reference: string) =>
    run(exportCommand, async (context) => {
      const { out } = parseFlags(z.object({ out: z.string().min(1) }), exportCommand.opts())
      const { client } = await context.openProject()
      const crossvalId = await findCrossval(context, reference)
      const file = resolve(context.io.workingFolder, out)
      const written = await client.crossval.export({ crossvalId, file })
      return { json: written, text: `Wrote ${formatCount(written.rows)} rows to ${written.file}` }
    }),
  )
}

async function findCrossval(context: CommandContext, reference: string): Promise<CrossvalId> {
  const { client } = await context.openProject()
  return pickByReference(await client.crossval.list(), reference, 'cross-validation').id
}

async function awaitCrossval(
  context: CommandContext,
  { crossvalId, jobId }: { crossvalId: CrossvalId; jobId: JobId },
): Promise<CommandOutcome> {
  const howToContinue = `Go on with: evenhand crossval resume ${crossvalId}`
  const result = await context.awaitJob(jobId, crossvalResult, howToContinue)
  return { json: result, text: describeResults(result.results) }
}
