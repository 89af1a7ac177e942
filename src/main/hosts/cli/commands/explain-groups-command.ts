import { resolve } from 'node:path'
import type { Command } from 'commander'
import * as z from 'zod'
import { evaluationId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { groupMapChoices, groupMapsResult, type GroupMaps } from '#shared/contract/group-maps.contract.ts'
import {
  countGroup,
  describeDeals,
  describeDifference,
  describeStock,
  groupMapNotes,
} from '#shared/derived/describe-group-maps.ts'
import { writeNewFile } from '#engine/base/kernel/write-new-file.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { parseFlags } from '../parse-flags.ts'
import { defineCommand } from './define-command.ts'

const flags = z.object({
  evaluation: z.coerce.number().int().positive().optional(),
  perGroup: z.coerce.number().int().min(1).max(100_000).optional(),
  draws: z.coerce.number().int().min(100).max(10_000).default(1000),
  seed: z.coerce.number().int().nonnegative().default(1),
  out: z.string().min(1).optional(),
})

/** `explain groups`: average maps of the groups of an evaluation. */
export function addExplainGroupsCommand(explain: Command, run: CommandRegistry['run']): void {
  const groups = defineCommand(
    explain,
    'groups',
    'where a model looks on average, by race, gender, age and outcome of an evaluation',
  )
    .option('--evaluation <number>', 'evaluation whose images are explained (default: the newest)')
    .option('--per-group <n>', 'so many images of each group of race, by chance (default: all)')
    .option('--draws <n>', 'deals of groups among people, against which differences are held (default: 1000)')
    .option('--seed <n>', 'of images and deals (default: 1)')
    .option('--out <file>', 'JSON file to write, with every map')
  groups.action(() =>
    run(groups, async (context) => {
      // `explain` has --seed and --out too, and takes them wherever they stand.
      const { evaluation, out, perGroup, ...rest } = parseFlags(flags, groups.optsWithGlobals())
      const { client } = await context.openProject()
      const newest = (await client.evaluation.list())[0]?.evaluationId
      const id = evaluation === undefined ? newest : evaluationId.parse(evaluation)
      if (id === undefined) {
        throw new AppError(
          'PRECONDITION',
          'There is no evaluation yet. Evaluate a model first (evenhand evaluate).',
        )
      }
      const choices = groupMapChoices.parse({ ...rest, perGroup: perGroup ?? null })
      const { jobId } = await client.groupMaps.create({ evaluationId: id, choices })
      await context.awaitJob(jobId, groupMapsResult, 'Go on with it: evenhand jobs resume.')
      const maps = await client.groupMaps.get({ jobId })
      if (out !== undefined) {
        const file = resolve(context.io.workingFolder, out)
        await writeNewFile(file, [new TextEncoder().encode(`${JSON.stringify(maps, null, 1)}\n`)])
        context.note(`Wrote ${file}`)
      }
      return { json: maps, text: describeAll(maps) }
    }),
  )
}

function describeAll(maps: GroupMaps): string {
  return [
    describeStock(maps),
    ...maps.tasks.flatMap((comparison) => [
      `${comparison.task} by ${comparison.by}`,
      ...[describeDeals(comparison) ?? []].flat().map((line) => `  ${line}`),
      ...comparison.groups
        .filter(({ images }) => images > 0)
        .map((group) => `  ${group.group}, ${countGroup(group)}: ${describeDifference(group, comparison)}`),
    ]),
    ...groupMapNotes,
    ...maps.notes,
  ].join('\n')
}
