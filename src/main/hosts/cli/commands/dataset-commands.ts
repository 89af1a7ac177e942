import { resolve } from 'node:path'
import * as z from 'zod'
import {
  csvColumns,
  importFormat,
  importResult,
  type CsvColumns,
  type ImportResult,
} from '#shared/contract/dataset.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { describeOtherFiles } from '#shared/derived/describe-other-files.ts'
import { formatCount } from '#shared/domain/format.ts'
import { labelSchemeNames } from '#shared/domain/label-schemes.ts'
import { escapeName } from '../escape-controls.ts'
import { parseFlags } from '../parse-flags.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'

const importFlags = z.object({
  format: importFormat,
  labels: z.array(z.string()).optional(),
  name: z.string().optional(),
  columns: z.string().optional(),
  folderTask: z.enum(['race', 'gender', 'age', 'identity']).optional(),
  labelScheme: z.enum(labelSchemeNames).optional(),
  copy: z.boolean().default(false),
})

const listedFiles = 20

export function addDatasetCommands({ program, run }: CommandRegistry): void {
  const importCommand = defineCommand(program, 'import <source>', 'add a folder of labelled faces')
    .requiredOption('--format <format>', importFormat.options.join(', '))
    .option(
      '--labels <file>',
      'CSV with the labels; may be given several times',
      (file: string, files: readonly string[] | undefined) => [...(files ?? []), file],
    )
    .option('--name <name>', 'name of the data set (default: the name of its folder)')
    .option('--columns <mapping>', 'for csv: which column holds what, as file=path,race=race,...')
    .option('--folder-task <task>', 'for folder: what the folder names are: race, gender, age or identity')
    .option('--label-scheme <scheme>', labelSchemeNames.join(', '))
    .option('--copy', 'copy the files into the project instead of referring to them in place')
  importCommand.action((source: string) =>
    run(importCommand, async (context) => {
      const { columns, ...flags } = parseFlags(importFlags, importCommand.opts())
      const { client } = await context.openProject()
      const { jobId } = await client.dataset.import({
        ...flags,
        source: resolve(context.io.workingFolder, source),
        columns: columns === undefined ? undefined : parseColumns(columns),
      })
      const howToContinue = 'Run the same command again: what is in the catalogue already is not read twice.'
      const result = await context.awaitJob(jobId, importResult, howToContinue)
      return { json: result, text: describeImport(result) }
    }),
  )

  const list = defineCommand(program, 'datasets', 'list the data sets')
  list.action(() =>
    run(list, async (context) => {
      const { client } = await context.openProject()
      const datasets = await client.dataset.list()
      const text = formatTable(datasets, [
        { title: 'id', cell: ({ id }) => String(id), alignRight: true },
        { title: 'name', cell: ({ name }) => name },
        { title: 'format', cell: ({ format }) => format },
        { title: 'images', cell: ({ images }) => formatCount(images), alignRight: true },
        { title: 'identities', cell: ({ identities }) => formatCount(identities), alignRight: true },
        { title: 'skipped', cell: ({ skipped }) => formatCount(skipped), alignRight: true },
        { title: 'source', cell: ({ source }) => source },
      ])
      return { json: datasets, text }
    }),
  )
}

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
