import { resolve } from 'node:path'
import * as z from 'zod'
import {
  csvColumns,
  importFormat,
  importResult,
  importUndoResult,
  type CsvColumns,
  type ImportPreview,
  type ImportRecord,
  type ImportResult,
  type ImportUndoResult,
} from '#shared/contract/dataset.contract.ts'
import { jobId as importNumber, type JobId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import { describeOtherFiles } from '#shared/derived/describe-other-files.ts'
import { formatCount, formatEstimate } from '#shared/domain/format.ts'
import { labelSchemeNames } from '#shared/domain/label-schemes.ts'
import { escapeName } from '../escape-controls.ts'
import { parseFlags } from '../parse-flags.ts'
import type { CommandContext } from '../command-context.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'

const importFlags = z.object({
  format: importFormat.optional(),
  labels: z.array(z.string()).optional(),
  name: z.string().optional(),
  columns: z.string().optional(),
  folderTask: z.enum(['race', 'gender', 'age', 'identity']).optional(),
  labelScheme: z.enum(labelSchemeNames).optional(),
  copy: z.boolean().default(false),
  preview: z.boolean().default(false),
  undo: z.union([z.literal('newest'), z.coerce.number().pipe(importNumber)]).optional(),
  reviewer: z.string().optional(),
})

const listedFiles = 20
/** As many as are told at once. */
const listedJobs = 500

export function addDatasetCommands({ program, run }: CommandRegistry): void {
  const importCommand = defineCommand(program, 'import [source]', 'add a folder of labelled faces')
    .option('--format <format>', `${importFormat.options.join(', ')}; --preview tells which it looks like`)
    .option(
      '--labels <file>',
      'CSV with the labels; may be given several times',
      (file: string, files: readonly string[] | undefined) => [...(files ?? []), file],
    )
    .option('--name <name>', 'name of the data set (default: the name of its folder)')
    .option('--columns <mapping>', 'for csv: which column holds what, as file=path,race=race,...')
    .option('--folder-task <task>', 'for folder: what the folder names are: race, gender, age or identity')
    .option('--label-scheme <scheme>', labelSchemeNames.join(', '))
    .option('--preview', 'show what would be read, with some pictures and their labels, and import nothing')
    .option('--undo <import>', 'take an import back: its number as told by datasets, or newest')
    .option('--reviewer <name>', 'for --undo: who does it (default: the name of the settings)')
    .option('--copy', 'copy the files into the project instead of referring to them in place')
  importCommand.action((source: string | undefined) =>
    run(importCommand, async (context) => {
      const { columns, preview, format, copy, name, undo, reviewer, ...flags } = parseFlags(
        importFlags,
        importCommand.opts(),
      )
      if (undo !== undefined) return undoImport(context, { undo, source, reviewer })
      if (source === undefined) {
        throw new AppError('INVALID_INPUT', 'Name the folder with the images, or --undo newest.')
      }
      const asked = {
        ...flags,
        source: resolve(context.io.workingFolder, source),
        columns: columns === undefined ? undefined : parseColumns(columns),
      }
      const { client } = await context.openProject()
      if (preview) {
        const found = await client.dataset.preview({ ...asked, format })
        return { json: found, text: describePreview(found) }
      }
      if (format === undefined) {
        throw new AppError(
          'INVALID_INPUT',
          `--format is missing: it is ${importFormat.options.join(', ')}. --preview tells which one the folder looks like.`,
        )
      }
      const { jobId } = await client.dataset.import({ ...asked, format, copy, name })
      const howToContinue = 'Run the same command again: what is in the catalogue already is not read twice.'
      const result = await context.awaitJob(jobId, importResult, howToContinue)
      return { json: result, text: describeImport(result) }
    }),
  )

  const list = defineCommand(program, 'datasets', 'list the data sets')
  list.action(() =>
    run(list, async (context) => {
      const { client } = await context.openProject()
      const [found, imports] = await Promise.all([client.dataset.list(), client.dataset.imports()])
      const datasets = found.map((dataset) => ({
        ...dataset,
        imports: imports.filter(({ datasetId }) => datasetId === dataset.id),
      }))
      const text = formatTable(datasets, [
        { title: 'id', cell: ({ id }) => String(id), alignRight: true },
        { title: 'name', cell: ({ name }) => name },
        { title: 'format', cell: ({ format }) => format },
        { title: 'images', cell: ({ images }) => formatCount(images), alignRight: true },
        { title: 'identities', cell: ({ identities }) => formatCount(identities), alignRight: true },
        { title: 'skipped', cell: ({ skipped }) => formatCount(skipped), alignRight: true },
        {
          title: 'imports',
          cell: ({ imports: brought }) =>
            brought.map((one) => `${one.jobId} (${formatCount(one.images)})`).join(', '),
        },
        { title: 'source', cell: ({ source }) => source },
      ])
      return { json: datasets, text }
    }),
  )
}

async function undoImport(
  context: CommandContext,
  asked: { undo: JobId | 'newest'; source: string | undefined; reviewer: string | undefined },
) {
  if (asked.source !== undefined) {
    throw new AppError(
      'INVALID_INPUT',
      '--undo takes an import back and reads no folder: leave one of them out.',
    )
  }
  const { client } = await context.openProject()
  const wanted =
    asked.undo === 'newest'
      ? chooseNewest(await client.job.list({ limit: listedJobs }), await client.dataset.imports())
      : asked.undo
  const { jobId: undoing } = await client.dataset.undoImport({ jobId: wanted, reviewer: asked.reviewer })
  const howToContinue = `What was begun is brought to its end by: evenhand jobs --resume ${undoing}`
  const result = await context.awaitJob(undoing, importUndoResult, howToContinue)
  return { json: result, text: describeUndo(result) }
}

/** Not the newest that brought something: whoever undoes an import that brought nothing means no earlier one. */
function chooseNewest(jobs: readonly JobSnapshot[], imports: readonly ImportRecord[]): JobId {
  const [newest] = imports
  if (newest === undefined) throw new AppError('NOT_FOUND', 'Nothing in the project is of an import.')
  const last = jobs.find(({ kind }) => kind === 'import' || kind === 'sample')
  if (last === undefined || last.id === newest.jobId) return newest.jobId
  const { jobId, dataset, images, labels } = newest
  throw new AppError(
    'NOT_FOUND',
    `The newest import, job ${last.id} (${last.title}), brought nothing or was taken back already. The newest that can be is ` +
      `import ${jobId} of ${dataset} (${formatCount(images)} images, ${formatCount(labels)} labels): evenhand import --undo ${jobId}`,
    { details: { jobId: last.id, newest: jobId } },
  )
}

function describeUndo(result: ImportUndoResult): string {
  const { importJobId, dataset, images, labels, kept, isDatasetGone, relinked } = result
  const parts = [
    `${formatCount(images)} images`,
    ...(labels === 0 ? [] : [`${formatCount(labels)} labels of earlier images`]),
  ]
  return [
    `Import ${importJobId} of ${escapeName(dataset)} is taken back: ${parts.join(' and ')}.`,
    ...(isDatasetGone ? ['The data set went with it; the folder that it came from is as it was.'] : []),
    ...(relinked === null ? [] : [describeRelink(relinked)]),
    ...(kept === 0 ? [] : [`${formatCount(kept)} images stay: something was built on them meanwhile.`]),
  ].join(' ')
}

const describeRelink = ({ from, to, isRestored }: NonNullable<ImportUndoResult['relinked']>): string =>
  isRestored
    ? `The data set is read from ${escapeName(from)} again, no longer from ${escapeName(to)}.`
    : `The data set stays linked to ${escapeName(to)}, since ${escapeName(from)}, from where it was read before, does not hold its images.`

function parseColumns(mapping: string): CsvColumns {
  const pairs = mapping.split(',').map((pair) => {
    const [field, ...column] = pair.split('=')
    return [field?.trim() ?? '', column.join('=').trim()] as const
  })
  const columns = z.strictObject(csvColumns.shape).safeParse(Object.fromEntries(pairs))
  if (columns.success) return columns.data
  const known = Object.keys(csvColumns.shape).join(', ')
  throw new AppError(
    'INVALID_INPUT',
    `--columns: write file=COLUMN and any of ${known}, e.g. file=path,race=race.`,
  )
}

const labelOr = (label: string | number | null): string => (label === null ? '-' : escapeName(String(label)))

function describePreview(preview: ImportPreview): string {
  const { format, toldBy, tables, images, unreadable, problems, samples, refusal } = preview
  const others = describeOtherFiles(preview.otherFiles)
  const told = toldBy === null ? '' : `, by ${toldBy}`
  const lines = [
    format === null ? 'Format: not known' : `Format: ${format}${escapeName(told)}`,
    ...(preview.folderTask === null ? [] : [`The folder names are read as: ${preview.folderTask}`]),
    ...tables.flatMap(({ file, columns, read }) => [
      `Columns of ${escapeName(file)}: ${columns.map(escapeName).join(', ')}`,
      `  read: ${Object.entries(read)
        .map(([field, column]) => `${field}=${escapeName(column ?? '')}`)
        .join(', ')}`,
    ]),
    `${formatCount(images)} images${others === null ? '' : `. ${escapeName(others)}`}`,
    `Not readable: ${formatEstimate(unreadable)}`,
    ...problems.slice(0, listedFiles).map(({ file, reason }) => `  ${escapeName(file)}: ${reason}`),
    '',
    formatTable(samples, [
      { title: 'file', cell: ({ file }) => escapeName(file) },
      { title: 'age', cell: ({ ageYears, ageBin }) => labelOr(ageYears ?? ageBin) },
      { title: 'gender', cell: ({ gender }) => labelOr(gender) },
      { title: 'race', cell: ({ race }) => labelOr(race) },
      { title: 'identity', cell: ({ identity }) => labelOr(identity) },
      { title: 'notes', cell: ({ notes }) => escapeName(notes.join(' ')) },
    ]),
    ...(refusal === null ? [] : ['', `As it stands, nothing would be imported: ${refusal}`]),
  ]
  return lines.join('\n')
}

function describeImport(result: ImportResult): string {
  const counted = [
    `${formatCount(result.seen)} files seen`,
    `${formatCount(result.imported)} imported`,
    `${formatCount(result.unchanged)} unchanged`,
    `${formatCount(result.repaired.length)} labels repaired`,
    `${formatCount(result.skipped.length)} skipped`,
    ...(result.unlabelled === 0 ? [] : [`${formatCount(result.unlabelled)} without any label`]),
  ].join(', ')
  const skipped = result.skipped
    .slice(0, listedFiles)
    .map(({ file, reason }) => `  ${escapeName(file)}: ${reason}`)
  const rest = result.skipped.length - skipped.length
  const more = rest > 0 ? [`  and ${formatCount(rest)} more; --json lists all`] : []
  const others = describeOtherFiles(result.otherFiles)
  const beside = others === null ? [] : [`  ${escapeName(others)}`]
  return [`Data set ${result.datasetId}: ${counted}`, ...skipped, ...more, ...beside].join('\n')
}
