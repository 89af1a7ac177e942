import { resolve } from 'node:path'
import * as z from 'zod'
import { evaluationId } from '#shared/contract/base.contract.ts'
import { errorTable } from '#shared/contract/errors.ts'
import {
  bundleResult,
  reportDepth,
  reportFormat,
  reportResult,
  type BundleVerdict,
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

export function addReportCommands(registry: CommandRegistry): void {
  addReport(registry)
  addBundle(registry)
  addVerify(registry)
}

function addReport({ program, run }: CommandRegistry): void {
  const command = defineCommand(
    program,
    'report',
    'write the fairness report of an evaluation: a page, a PDF, a document and tables',
  )
    .requiredOption('--evaluation <number>', 'number of the evaluation (evenhand evaluations)')
    .requiredOption('--out <folder>', 'folder for the files; other files there are never replaced')
    .option(
      '--format <formats>',
      'json, csv, parquet, html, pdf, or several with commas between (default: all but parquet)',
    )
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

const bundleFlags = z.object({
  evaluation: integerFlag.pipe(evaluationId),
  out: z.string().min(1),
  depth: reportDepth.default('full'),
  baselines: z.string().transform(splitList).optional(),
  draws: integerFlag.optional(),
  sign: z.string().min(1).optional(),
})

function addBundle({ program, run }: CommandRegistry): void {
  const command = defineCommand(
    program,
    'bundle',
    'write the report of an evaluation with all that its figures can be computed from, for others to verify',
  )
    .requiredOption('--evaluation <number>', 'number of the evaluation (evenhand evaluations)')
    .requiredOption('--out <file>', 'the zip file; another file there is never replaced')
    .option('--depth <depth>', 'of the pages in it: summary, standard or full (default: full)')
    .option(
      '--baselines <names>',
      'other systems to set beside it, by number or name, or none (default: all that answer for its images)',
    )
    .option('--draws <number>', 'shuffles and resamples of each table (default: 2000)')
    .option('--sign <key>', 'a private P-256 key in PEM to sign it with (default: not signed)')
  command.action(() =>
    run(command, async (context) => {
      const { evaluation, out, depth, baselines, draws, sign } = parseFlags(bundleFlags, command.opts())
      const { client } = await context.openProject()
      const { jobId } = await client.report.bundle({
        evaluationId: evaluation,
        file: resolve(context.io.workingFolder, out),
        depth,
        baselines: await findBaselines(client, baselines),
        draws,
        ...(sign === undefined ? {} : { signWith: resolve(context.io.workingFolder, sign) }),
      })
      const result = await context.awaitJob(jobId, bundleResult, 'Run the same command again.')
      return {
        json: result,
        text: `${result.file}\n${result.sha256}\n${formatCount(result.parts.length)} parts, ${formatCount(result.bytes)} bytes${result.signedBy === null ? '' : `, signed by the key ${result.signedBy}`}. Whoever gets it: evenhand verify FILE, or python3 verify.py FILE.`,
      }
    }),
  )
}

const verifyFlags = z.object({ key: z.string().min(1).optional() })

function addVerify({ program, run }: CommandRegistry): void {
  const command = defineCommand(
    program,
    'verify',
    'recompute every hash and figure of an audit bundle, line by line; wants no project',
  )
    .argument('<file>', 'the audit bundle')
    .option('--key <key>', 'public key in PEM of whoever is expected to have signed it')
  command.action((given: string) =>
    run(command, async (context) => {
      const { key } = parseFlags(verifyFlags, command.opts())
      const { client } = await context.openEngine()
      const file = resolve(context.io.workingFolder, given)
      const signerKey = key === undefined ? undefined : resolve(context.io.workingFolder, key)
      const verdict = await client.bundle.verify({ file, signerKey }, { signal: context.signal })
      return {
        json: verdict,
        text: describeVerdict(verdict),
        exitCode: verdict.holds ? 0 : errorTable.CONFLICT.exitCode,
      }
    }),
  )
}

const describeUnseen = (count: number): string =>
  count === 0
    ? ''
    : ` ${formatCount(count)} ${count === 1 ? 'thing was' : 'things were'} not looked at, as told above.`

function describeVerdict({ holds, subject, sha256, counts, checks }: BundleVerdict): string {
  const told = checks.map((check) => {
    if (check.holds === true) return `holds           ${check.line}: ${check.found ?? ''}`
    if (check.holds === null) return `not looked at   ${check.line}: ${check.what}: ${check.found ?? ''}`
    return `DOES NOT HOLD   ${check.line}\n  ${check.what}\n  recorded: ${check.expected ?? 'nothing'}\n  found:    ${check.found ?? 'nothing'}`
  })
  const verdict = holds
    ? `What was looked at holds: ${formatCount(counts.holding)} checks.${describeUnseen(counts.notChecked)}`
    : `${formatCount(counts.broken)} of ${formatCount(counts.checked)} checks do not hold.`
  return [subject ?? 'The report in it cannot be read.', sha256 ?? '', ...told, verdict].join('\n')
}
