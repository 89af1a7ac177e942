import { resolve } from 'node:path'
import * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import {
  partName,
  splitRequest,
  splitResult,
  splitStratum,
  type PartName,
  type SplitSummary,
} from '#shared/contract/split.contract.ts'
import { describePlan } from '#shared/derived/describe-split-plan.ts'
import type { DatasetId, JobId, SplitId } from '#shared/contract/base.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import { describeStanding, isOvertaken, type StandingCounts } from '#shared/domain/split-standing.ts'
import type { LocalClient } from '../../local-client.ts'
import type { CommandContext, CommandOutcome } from '../command-context.ts'
import { integerFlag, parseFlags, pickByReference } from '../parse-flags.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'
import { addSplitCellCommands } from './split-cell-commands.ts'
import { addLeakageCommands, describeStandingLong, describeStandingShort } from './leakage-commands.ts'

const parts = ['train', 'val', 'test'] as const

const ratiosFlag = z
  .string()
  .regex(/^(?:\s*\d*\.?\d+\s*(?:,|$)){3}$/, 'must be three shares, as in 0.8,0.1,0.1')
  .transform((text) => {
    const [train, val, test] = text.split(',').map(Number)
    return { train, val, test }
  })
  .pipe(splitRequest.shape.ratios.unwrap())

const createFlags = z.object({
  ratios: ratiosFlag.optional(),
  seed: integerFlag.optional(),
  name: z.string().optional(),
  datasets: z.string().optional(),
  snapshot: z.string().optional(),
  strata: z
    .string()
    .transform((text) => text.split(',').map((one) => one.trim()))
    .pipe(z.array(splitStratum))
    .optional(),
  keepTest: z.string().optional(),
})

/** `train=fit,test=final` as words by part. */
const partsFlag = z
  .string()
  .transform((text) => text.split(',').map((pair) => pair.split('=').map((one) => one.trim())))
  .pipe(z.array(z.tuple([partName, z.string().min(1)], 'must be pairs such as train=fit,val=tune')))

function describeParts({ parts: counts, totalVariation, plan }: SplitSummary): string {
  const boundOf = (part: PartName): string => plan?.bound[part]?.toFixed(4) ?? ''
  return formatTable(parts, [
    { title: 'part', cell: (part) => part },
    { title: 'images', cell: (part) => formatCount(counts[part].images), alignRight: true },
    { title: 'groups', cell: (part) => formatCount(counts[part].groups), alignRight: true },
    {
      title: 'total variation',
      cell: (part) => (counts[part].images === 0 ? '' : totalVariation[part].toFixed(4)),
      alignRight: true,
    },
    { title: 'least possible', cell: boundOf, alignRight: true },
  ])
}

export function addSplitCommands({ program, run }: CommandRegistry): void {
  const split = program.command('split').description('make, list, show and export splits')
  addCreate({ program: split, run })
  addListAndShow({ program: split, run })

  const again = defineCommand(
    split,
    'again <split>',
    'make a new split with the seed and settings of an earlier one, on the images and labels as they are now',
  ).option('--name <name>', 'name of the new split (default: the next version of the earlier name)')
  again.action((reference: string) =>
    run(again, async (context) => {
      const { name } = parseFlags(z.object({ name: z.string().optional() }), again.opts())
      const { client } = await context.openProject()
      const { id } = pickByReference(await listSplits(client), reference, 'split')
      return awaitSplit(context, await client.split.again({ splitId: id, name }))
    }),
  )

  addImport({ program: split, run })
  addLeakageCommands({ program: split, run })
  addSplitCellCommands({ program: split, run })
  const exportCommand = defineCommand(
    split,
    'export <split>',
    'write a split as CSV, or as Parquet where the file ends in .parquet',
  ).requiredOption('--out <file>', 'file to write: image, group, race, gender, age, part, sha256')
  exportCommand.action((reference: string) =>
    run(exportCommand, async (context) => {
      const { out } = parseFlags(z.object({ out: z.string().min(1) }), exportCommand.opts())
      const { client } = await context.openProject()
      const { id } = pickByReference(await listSplits(client), reference, 'split')
      const format = /\.parquet$/i.test(out) ? 'parquet' : 'csv'
      const file = resolve(context.io.workingFolder, out)
      const written = await client.split.export({ splitId: id, file, format })
      return { json: written, text: `Wrote ${formatCount(written.rows)} rows to ${written.file}` }
    }),
  )
}

function addCreate({ program, run }: CommandRegistry): void {
  const create = defineCommand(program, 'create', 'split by race, gender and age without cutting an identity')
    .option('--ratios <train,val,test>', 'shares of the three parts (default: 0.8,0.1,0.1)')
    .option('--seed <n>', 'seed of the random choices (default: 1)')
    .option('--name <name>', 'name of the split')
    .option('--datasets <list>', 'numbers or names of data sets, joined by commas (default: all)')
    .option('--snapshot <snapshot>', 'number or name of the snapshot to split (default: the present state)')
    .option(
      '--strata <list>',
      'what parts hold like shares of: race, gender, age, dataset (default: all four)',
    )
    .option('--keep-test <split>', 'a split whose test part stays the test part')
  create.action(() =>
    run(create, async (context) => {
      const { datasets, snapshot, keepTest, ...flags } = parseFlags(createFlags, create.opts())
      const { client } = await context.openProject()
      const all = datasets === undefined ? [] : await client.dataset.list()
      const chosen = datasets?.split(',').map((one) => pickByReference(all, one.trim(), 'data set').id)
      const snapshotId =
        snapshot === undefined
          ? undefined
          : pickByReference(await client.snapshot.list(), snapshot, 'snapshot').id
      const keepTestOf =
        keepTest === undefined ? undefined : pickByReference(await listSplits(client), keepTest, 'split').id
      return awaitSplit(
        context,
        await client.split.create({ ...flags, datasets: chosen, snapshotId, keepTestOf }),
      )
    }),
  )
}

function addImport({ program, run }: CommandRegistry): void {
  const command = defineCommand(
    program,
    'import [file]',
    'take over a split that others made, as it is: a CSV with the columns image and part, or data sets as parts',
  )
    .option('--name <name>', 'name of the split')
    .option('--parts <pairs>', 'what the file calls its parts, as in train=fit,val=tune,test=final')
    .option('--datasets-as <pairs>', 'data sets as parts, as in train=1,test=2, in place of a file')
  command.action((file: string | undefined) =>
    run(command, async (context) => {
      const flags = parseFlags(
        z.object({
          name: z.string().optional(),
          parts: partsFlag.optional(),
          datasetsAs: partsFlag.optional(),
        }),
        command.opts(),
      )
      if ((file === undefined) === (flags.datasetsAs === undefined)) {
        throw new AppError('INVALID_INPUT', 'Name a CSV file, or data sets by --datasets-as: one of the two.')
      }
      const { client } = await context.openProject()
      const { name } = flags
      if (file !== undefined) {
        const path = resolve(context.io.workingFolder, file)
        const words = flags.parts && Object.fromEntries(flags.parts)
        return awaitSplit(
          context,
          await client.split.create({ name, source: { kind: 'file', file: path, words } }),
        )
      }
      const all = await client.dataset.list()
      const given: Partial<Record<PartName, DatasetId[]>> = {}
      for (const [part, reference] of flags.datasetsAs ?? [])
        (given[part] ??= []).push(pickByReference(all, reference, 'data set').id)
      return awaitSplit(
        context,
        await client.split.create({ name, source: { kind: 'datasets', parts: given } }),
      )
    }),
  )
}

async function awaitSplit(
  context: CommandContext,
  { jobId }: { readonly jobId: JobId },
): Promise<CommandOutcome> {
  const result = await context.awaitJob(jobId, splitResult, 'Run the same command again.')
  const { client } = await context.openProject()
  const made = await client.split.get({ splitId: result.splitId })
  return { json: result, text: `Split ${result.splitId}, hash ${result.hash}\n${describeWhole(made)}` }
}

/** Parts in a table, and what came of the plan. */
function describeWhole(made: SplitSummary): string {
  const told = made.plan === null ? [] : describePlan(made.plan)
  return [describeParts(made), ...told].join('\n')
}

/** Tells of each split what curation has done to its images since. */
async function readStandings(client: LocalClient) {
  const standings = new Map((await client.split.standings()).map(({ splitId: id, ...since }) => [id, since]))
  return (id: SplitId): StandingCounts => standings.get(id) ?? { removed: 0, relabelled: 0, restored: 0 }
}

async function readCertificates(client: LocalClient) {
  const standings = await client.leakage.standings()
  return (id: SplitId) => {
    const found = standings.find(({ splitId }) => splitId === id)
    if (found === undefined) throw new Error(`Split ${id} has no standing`)
    return found
  }
}

function addListAndShow({ program, run }: CommandRegistry): void {
  const list = defineCommand(program, 'list', 'list the splits')
  list.action(() =>
    run(list, async (context) => {
      const { client } = await context.openProject()
      const sinceOf = await readStandings(client)
      const certificateOf = await readCertificates(client)
      const splits = (await client.split.list()).map((one) => ({
        ...one,
        since: sinceOf(one.splitId),
        certificate: certificateOf(one.splitId),
      }))
      const text = formatTable(splits, [
        { title: 'id', cell: ({ splitId }) => String(splitId), alignRight: true },
        { title: 'name', cell: ({ name }) => name },
        { title: 'seed', cell: ({ seed }) => String(seed), alignRight: true },
        ...parts.map((part) => ({
          title: part,
          cell: (row: Pick<SplitSummary, 'parts'>) => formatCount(row.parts[part].images),
          alignRight: true as const,
        })),
        { title: 'hash', cell: ({ hash }) => hash.slice(0, 12) },
        { title: 'made', cell: ({ createdAt }) => createdAt },
        { title: 'certificate', cell: ({ certificate }) => describeStandingShort(certificate) },
        { title: 'curation', cell: ({ since }) => describeStanding(since) },
      ])
      return { json: splits, text }
    }),
  )

  const show = defineCommand(program, 'show <split>', 'show one split')
  show.action((reference: string) =>
    run(show, async (context) => {
      const { client } = await context.openProject()
      const { id } = pickByReference(await listSplits(client), reference, 'split')
      const sinceOf = await readStandings(client)
      const certificate = (await readCertificates(client))(id)
      const summary = { ...(await client.split.get({ splitId: id })), since: sinceOf(id), certificate }
      const overtaken = isOvertaken(summary.since)
        ? `\nOvertaken by curation: ${describeStanding(summary.since)}. Make a new one with: evenhand split again ${id}`
        : ''
      const head = `${summary.name} (${summary.splitId}), seed ${summary.seed}, made ${summary.createdAt}\nhash ${summary.hash}`
      const told = describeStandingLong(certificate, summary.name)
      return { json: summary, text: `${head}\n${describeWhole(summary)}${overtaken}\n${told}` }
    }),
  )
}

/** Splits under the field that references are resolved by. */
export async function listSplits(client: LocalClient) {
  const splits = await client.split.list()
  return splits.map(({ splitId, name }) => ({ id: splitId, name }))
}
