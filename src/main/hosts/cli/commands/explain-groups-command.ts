import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import * as z from 'zod'
import { evaluationId, jobId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { groupMapChoices, groupMapsResult, type GroupMaps } from '#shared/contract/group-maps.contract.ts'
import {
  countGroup,
  describeDeals,
  describeDifference,
  describeStock,
  groupMapNotes,
} from '#shared/derived/describe-group-maps.ts'
import { drawGroupMapsSvg } from '#shared/derived/group-maps-svg.ts'
import { refuseOther } from '#engine/base/kernel/atomic-file.ts'
import { makeFolder } from '#engine/base/kernel/make-folder.ts'
import { writeNewFile } from '#engine/base/kernel/write-new-file.ts'
import type { CommandContext } from '../command-context.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { integerFlag, parseFlags } from '../parse-flags.ts'
import { defineCommand } from './define-command.ts'

const flags = z.object({
  evaluation: integerFlag.pipe(evaluationId).optional(),
  job: integerFlag.pipe(jobId).optional(),
  perGroup: integerFlag.pipe(z.int().min(1).max(100_000)).optional(),
  draws: integerFlag.pipe(z.int().min(100).max(10_000)).optional(),
  // `explain` has --seed and --out too, and takes them wherever they stand.
  seed: integerFlag.optional(),
  out: z.string().min(1, 'must name a file').optional(),
  figures: z.string().min(1, 'must name a folder').optional(),
})
type Flags = z.infer<typeof flags>

/** `explain groups`: average maps of the groups of an evaluation. */
export function addExplainGroupsCommand(explain: Command, run: CommandRegistry['run']): void {
  const groups = defineCommand(
    explain,
    'groups',
    'where a model looks on average, by race, gender, age and outcome of an evaluation',
  )
    .option('--evaluation <number>', 'evaluation whose images are explained (default: the newest)')
    .option('--job <number>', 'maps that a job made before, in the place of new ones')
    .option('--per-group <n>', 'so many images of each group of race, by chance (default: all)')
    .option('--draws <n>', 'deals of groups among people, against which differences are held (default: 1000)')
    .option('--seed <n>', 'of images and deals (default: 1)')
    .option('--out <file>', 'JSON file to write, with every map')
    .option('--figures <folder>', 'folder for an SVG picture of every task by every labelling')
  groups.action(() =>
    run(groups, async (context) => {
      const given = parseFlags(flags, groups.optsWithGlobals())
      const { out, figures } = given
      const file = out === undefined ? null : resolve(context.io.workingFolder, out)
      const folder = figures === undefined ? null : resolve(context.io.workingFolder, figures)
      // Before the work, which may take an hour.
      if (file !== null && existsSync(file)) throw refuseOther(file)
      if (file !== null) await makeFolder(dirname(file))
      if (folder !== null) await makeFolder(folder)
      const maps = await findMaps(context, given)
      if (file !== null) {
        await writeNewFile(file, encode(`${JSON.stringify(maps, null, 1)}\n`))
        context.note(`Wrote ${file}`)
      }
      if (folder !== null) {
        for (const comparison of maps.tasks) {
          const name = `group-maps-${maps.jobId}-${comparison.task}-${comparison.by}.svg`
          await writeNewFile(join(folder, name), encode(drawGroupMapsSvg(maps, comparison)))
        }
        context.note(`Wrote ${maps.tasks.length} pictures to ${folder}`)
      }
      return { json: maps, text: describeAll(maps) }
    }),
  )
}

const encode = (text: string): Uint8Array[] => [new TextEncoder().encode(text)]

/** Maps that were made before, or new ones. */
async function findMaps(context: CommandContext, given: Flags): Promise<GroupMaps> {
  const { job, evaluation, perGroup, draws, seed } = given
  if (job !== undefined) {
    if ([evaluation, perGroup, draws, seed].some((one) => one !== undefined)) {
      throw new AppError(
        'INVALID_INPUT',
        '--job names maps that are made already: it goes with --out and --figures alone.',
      )
    }
    const { client } = await context.openProject()
    return client.groupMaps.get({ jobId: job })
  }
  const { client } = await context.openProject()
  const id = evaluation ?? (await client.evaluation.list())[0]?.evaluationId
  if (id === undefined) {
    throw new AppError(
      'PRECONDITION',
      'There is no evaluation yet. Evaluate a model first (evenhand evaluate).',
    )
  }
  const choices = parseFlags(groupMapChoices, { perGroup, draws, seed })
  const { jobId: made } = await client.groupMaps.create({ evaluationId: id, choices })
  await context.awaitJob(made, groupMapsResult, 'Go on with it: evenhand jobs resume.')
  return client.groupMaps.get({ jobId: made })
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
