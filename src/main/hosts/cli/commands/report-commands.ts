import { resolve } from 'node:path'
import * as z from 'zod'
import { evaluationId } from '#shared/contract/base.contract.ts'
import {
  reportDepth,
  reportFormat,
  reportResult,
  type ReportResult,
} from '#shared/contract/report.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import type { BaselineId } from '#shared/contract/baseline.contract.ts'
import type { LocalClient } from '../../local-client.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { integerFlag, parseFlags, pickByReference } from '../parse-flags.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'

const splitList = (text: string): string[] => text.split(',').map((part) => part.trim())

const reportFlags = z.object({
  evaluation: integerFlag.pipe(evaluationId),
  out: z.string().min(1),
  format: z.string().transform(splitList).pipe(z.array(reportFormat).min(1)).optional(),
  depth: reportDepth.default('standard'),
  baselines: z.string().transform(splitList).optional(),
  draws: integerFlag.optional(),
})

/** Numbers of stored answers by their numbers or names. */
async function findBaselines(
  client: LocalClient,
  references: readonly string[] | undefined,
): Promise<BaselineId[] | undefined> {
  if (references === undefined) return undefined
  if (references.length === 1 && references[0] === 'none') return []
  const named = (await client.baseline.list()).map((one) => ({ ...one, id: one.baselineId }))
  return references.map((reference) => pickByReference(named, reference, 'baseline').baselineId)
}

export function addReportCommands({ program, run }: CommandRegistry): void {
  const command = defineCommand(
    program,
    'report',
    'write the fairness report of an evaluation: a page, a PDF, a document and tables',
  )
    .requiredOption('--evaluation <number>', 'number of the evaluation (evenhand evaluations)')
    .requiredOption('--out <folder>', 'folder for the files; other files there are never replaced')
    .option('--format <formats>', 'json, csv, html, pdf, or several with commas between (default: all)')
    .option('--depth <depth>', 'summary (one page), standard or full (default: standard)')
    .option(
      '--baselines <names>',
      'other systems to set beside it, by number or name, or none (default: all that answer for its images)',
    )
    .option('--draws <number>', 'shuffles and resamples of each table (default: 2000)')
  command.action(() =>
    run(command, async (context) => {
      const { evaluation, out, format, depth, baselines, draws } = parseFlags(reportFlags, command.opts())
      const { client } = await context.openProject()
      const { jobId } = await client.report.make({
        evaluationId: evaluation,
        folder: resolve(context.io.workingFolder, out),
        formats: format,
        depth,
        baselines: await findBaselines(client, baselines),
        draws,
      })
      const result = await context.awaitJob(jobId, reportResult, 'Run the same command again.')
      return { json: result, text: describeReport(result) }
    }),
  )
}

function describeReport({ files, figures }: ReportResult): string {
  const table = formatTable(files, [
    { title: 'format', cell: ({ format }) => format },
    { title: 'file', cell: ({ file }) => file },
    { title: 'sha256', cell: ({ sha256 }) => sha256 },
  ])
  return `${table}\n${formatCount(figures)} figures.`
}
