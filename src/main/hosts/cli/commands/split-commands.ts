import { resolve } from 'node:path'
import * as z from 'zod'
import { splitRequest, splitResult, type SplitSummary } from '#shared/contract/split.contract.ts'
import type { JobId, SplitId } from '#shared/contract/base.contract.ts'
import { formatCount } from '#shared/domain/format.ts'
import { describeStanding, isOvertaken, type StandingCounts } from '#shared/domain/split-standing.ts'
import type { LocalClient } from '../../local-client.ts'
import type { CommandContext, CommandOutcome } from '../command-context.ts'
import { integerFlag, parseFlags, pickByReference } from '../parse-flags.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'

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
})

type PartCounts = Pick<SplitSummary, 'parts'> & Partial<Pick<SplitSummary, 'totalVariation'>>

function describeParts({ parts: counts, totalVariation }: PartCounts): string {
  return formatTable(parts, [
    { title: 'part', cell: (part) => part },
    { title: 'images', cell: (part) => formatCount(counts[part].images), alignRight: true },
    { title: 'groups', cell: (part) => formatCount(counts[part].groups), alignRight: true },
    ...(totalVariation === undefined
      ? []
      : [
          {
            title: 'total variation',
            cell: (part: (typeof parts)[number]) => totalVariation[part].toFixed(4),
          },
        ]),
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

  const exportCommand = defineCommand(split, 'export <split>', 'write a split as CSV').requiredOption(
    '--out <file>',
    'CSV to write: image, group, race, gender, age, part, sha256',
  )
  exportCommand.action((reference: string) =>
    run(exportCommand, async (context) => {
      const { out } = parseFlags(z.object({ out: z.string().min(1) }), exportCommand.opts())
      const { client } = await context.openProject()
      const { id } = pickByReference(await listSplits(client), reference, 'split')
      const written = await client.split.export({ splitId: id, file: resolve(context.io.workingFolder, out) })
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
  create.action(() =>
    run(create, async (context) => {
      const { datasets, snapshot, ...flags } = parseFlags(createFlags, create.opts())
      const { client } = await context.openProject()
      const all = datasets === undefined ? [] : await client.dataset.list()
      const chosen = datasets?.split(',').map((one) => pickByReference(all, one.trim(), 'data set').id)
      const snapshotId =
        snapshot === undefined
          ? undefined
          : pickByReference(await client.snapshot.list(), snapshot, 'snapshot').id
      return awaitSplit(context, await client.split.create({ ...flags, datasets: chosen, snapshotId }))
    }),
  )
}

async function awaitSplit(
  context: CommandContext,
  { jobId }: { readonly jobId: JobId },
): Promise<CommandOutcome> {
  const result = await context.awaitJob(jobId, splitResult, 'Run the same command again.')
  return { json: result, text: `Split ${result.splitId}, hash ${result.hash}\n${describeParts(result)}` }
}

/** Tells of each split what curation has done to its images since. */
async function readStandings(client: LocalClient) {
  const standings = new Map((await client.split.standings()).map(({ splitId: id, ...since }) => [id, since]))
  return (id: SplitId): StandingCounts => standings.get(id) ?? { removed: 0, relabelled: 0, restored: 0 }
}

function addListAndShow({ program, run }: CommandRegistry): void {
  const list = defineCommand(program, 'list', 'list the splits')
  list.action(() =>
    run(list, async (context) => {
      const { client } = await context.openProject()
      const sinceOf = await readStandings(client)
      const splits = (await client.split.list()).map((one) => ({ ...one, since: sinceOf(one.splitId) }))
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
      const summary = { ...(await client.split.get({ splitId: id })), since: sinceOf(id) }
      const overtaken = isOvertaken(summary.since)
        ? `\nOvertaken by curation: ${describeStanding(summary.since)}. Make a new one with: evenhand split again ${id}`
        : ''
      const head = `${summary.name} (${summary.splitId}), seed ${summary.seed}, made ${summary.createdAt}\nhash ${summary.hash}`
      return { json: summary, text: `${head}\n${describeParts(summary)}${overtaken}` }
    }),
  )
}

/** Splits under the field that references are resolved by. */
export async function listSplits(client: LocalClient) {
  const splits = await client.split.list()
  return splits.map(({ splitId, name }) => ({ id: splitId, name }))
}
