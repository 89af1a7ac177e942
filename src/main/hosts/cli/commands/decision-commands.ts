import { basename, resolve } from 'node:path'
import type { Command } from 'commander'
import * as z from 'zod'
import { imageId, task, type ImageId } from '#shared/contract/base.contract.ts'
import {
  actId,
  decisionAction,
  decisionFormat,
  removeReason,
  type DecisionImportReport,
  type DecisionOutcome,
  type DecisionTarget,
} from '#shared/contract/decision.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { imageStatus } from '#shared/contract/image.contract.ts'
import { checkIds, listChecksOf } from '#shared/domain/checks.ts'
import { removeReasonCodes } from '#shared/domain/decision-words.ts'
import { formatCount } from '#shared/domain/format.ts'
import type { LocalClient } from '../../local-client.ts'
import type { CommandOutcome } from '../command-context.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { integerFlag, parseFlags } from '../parse-flags.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'

const listed = 20

/** `race=White,age=34`; `none` takes a label away. */
const takenLabels = z
  .string()
  .transform((text) =>
    text.split(',').map((part) => {
      const at = part.indexOf('=')
      return [part.slice(0, at).trim(), part.slice(at + 1).trim()] as const
    }),
  )
  .pipe(z.array(z.tuple([task, z.string().min(1)])))
  .transform((pairs) =>
    Object.fromEntries(pairs.map(([name, value]) => [name, value === 'none' ? null : value])),
  )

const decideFlags = z.object({
  reason: removeReason.optional(),
  note: z.string().optional(),
  task: task.optional(),
  value: z.string().optional(),
  check: z.enum(checkIds).optional(),
  expect: integerFlag.optional(),
  reviewer: z.string().optional(),
  keep: z.string().optional(),
  labels: takenLabels.optional(),
})

const toggleFlags = z.object({
  reviewer: z.string().optional(),
  act: integerFlag.pipe(actId).optional(),
})

const addReviewer = (command: Command): Command =>
  command.option('--reviewer <name>', 'name that stands beside it (default: that of the settings)')

function describeOutcome({ title, changed, unchanged, ...rest }: DecisionOutcome): CommandOutcome {
  const { conflictCount, conflicts } = rest
  const lines = conflicts.slice(0, listed).map((one) => `  image ${one.imageId}: ${one.message}`)
  const more = conflictCount - lines.length
  const text = [
    changed === 0 ? 'Nothing was changed' : title,
    ...(unchanged === 0 ? [] : [`${formatCount(unchanged)} stood so already`]),
    ...(conflictCount === 0 ? [] : [`${formatCount(conflictCount)} left as they are:`]),
  ].join(', ')
  return {
    json: { title, changed, unchanged, ...rest },
    text: [text, ...lines, ...(more > 0 ? [`  and ${formatCount(more)} more`] : [])].join('\n'),
  }
}

interface TargetFlags {
  readonly expect: number | undefined
  readonly keep: string | undefined
  readonly labels: z.infer<typeof takenLabels> | undefined
}

/** Numbers, and paths with or without the name of the data set, joined by commas; a search; or copies. */
async function readTarget(
  client: LocalClient,
  reference: string,
  { expect: expected, keep, labels }: TargetFlags,
): Promise<DecisionTarget> {
  const [, kind, check, id] = /^(groups?):([a-z-]+)(?::(\d+))?$/.exec(reference) ?? []
  if (kind !== undefined) {
    const ofCheck = copyCheck.safeParse(check)
    if (!ofCheck.success || (kind === 'group') !== (id !== undefined)) {
      throw new AppError(
        'INVALID_INPUT',
        `"${reference}" names no copies. Write groups:<check> for every group that agrees, or group:<check>:<number> for one; checks: ${copyChecks.join(', ')}.`,
      )
    }
    if (id === undefined) return readGroups(client, ofCheck.data, expected)
    const kept = keep === undefined ? [] : await readIds(client, keep)
    return { check: ofCheck.data, groupId: Number(id), keep: kept, labels }
  }
  if (keep !== undefined || labels !== undefined) {
    throw new AppError(
      'INVALID_INPUT',
      '--keep and --labels go with one group of copies: group:<check>:<number>.',
    )
  }
  const search = /^search:(.*)$/s.exec(reference)?.[1]
  if (search !== undefined) {
    if (expected === undefined) {
      const { total } = await client.image.facets({ filter: { search } })
      throw new AppError(
        'INVALID_INPUT',
        `The search gives ${formatCount(total)} images. To decide all of them, say so: --expect ${total}.`,
      )
    }
    return { query: { search }, expectedCount: expected }
  }
  return { images: await readRevisions(client, await readIds(client, reference)) }
}

async function readIds(client: LocalClient, reference: string): Promise<ImageId[]> {
  const ids: ImageId[] = []
  for (const one of reference.split(',').map((part) => part.trim())) {
    ids.push(/^\d+$/.test(one) ? imageId.parse(Number(one)) : await findByPath(client, one))
  }
  return ids
}

/** Every group that agrees; without the number of groups it says what would happen. */
async function readGroups(
  client: LocalClient,
  check: z.infer<typeof copyCheck>,
  expected: number | undefined,
): Promise<DecisionTarget> {
  if (expected !== undefined) return { check, groups: 'suggested', filter: {}, expectedGroups: expected }
  const { groups, agreeing, leaving, conflicting } = await client.finding.countGroups({ check })
  throw new AppError(
    'INVALID_INPUT',
    `${formatCount(agreeing)} of ${formatCount(groups)} open groups agree; keeping the suggested copy of each would remove ${formatCount(leaving)} images. ` +
      `${formatCount(conflicting)} carry labels that differ and stay to be decided one by one. To do so: --expect ${agreeing}.`,
  )
}

const copyChecks = listChecksOf('duplicates')
const copyCheck = z.enum(copyChecks)
const tilesAtOnce = 1000

async function readRevisions(client: LocalClient, ids: readonly ImageId[]) {
  const revisions = new Map<ImageId, number>()
  for (let from = 0; from < ids.length; from += tilesAtOnce) {
    const tiles = await client.image.tiles({ images: ids.slice(from, from + tilesAtOnce) })
    for (const { id, revision } of tiles) revisions.set(id, revision)
  }
  return ids.map((id) => {
    const revision = revisions.get(id)
    if (revision === undefined) {
      throw new AppError('NOT_FOUND', `There is no image ${id} in this project.`, {
        details: { imageId: id },
      })
    }
    return { imageId: id, revision }
  })
}

async function findByPath(client: LocalClient, path: string): Promise<ImageId> {
  const { items, cells } = await client.image.window({
    filter: { text: basename(path), status: [...imageStatus.options] },
    columns: ['dataset', 'path'],
    limit: 1000,
  })
  const found = items.filter((_, index) => {
    const [dataset, inside] = cells[index] ?? []
    return inside === path || `${String(dataset)}/${String(inside)}` === path
  })
  const [only] = found
  if (only !== undefined && found.length === 1) return only.id
  throw new AppError(
    found.length === 0 ? 'NOT_FOUND' : 'CONFLICT',
    found.length === 0
      ? `There is no image ${path}. Give its number, or its path as "evenhand images list" shows it.`
      : `Several images are ${path}. Put the name of the data set before it, or give a number.`,
    { details: { path } },
  )
}

export function addDecisionCommands(registry: CommandRegistry): void {
  const { program, run } = registry
  const decide = addReviewer(
    defineCommand(program, 'decide <images> <action>', 'keep, remove, relabel or mark images')
      .option('--reason <reason>', `for remove: ${removeReasonCodes.join(', ')}`)
      .option('--note <text>', 'free text, kept in the history')
      .option('--task <task>', 'for relabel: race, gender or age')
      .option('--value <label>', 'for relabel: the label, or none')
      .option('--check <check>', 'the queue in which it is decided')
      .option(
        '--expect <n>',
        'for "search:<query>": how many images it must give; for "groups:<check>": groups',
      )
      .option('--keep <images>', 'for "group:<check>:<number>": the copies that stay')
      .option('--labels <task=label,...>', 'for one group: labels that the kept copies get'),
  ).addHelpText(
    'after',
    [
      '',
      'Images: numbers or paths joined by commas; "search:<query>"; copies: "groups:<check>" keeps the suggested copy of every',
      'group whose labels agree and removes the others, "group:<check>:<number>" is one group, all of it without --keep.',
      `Actions: ${decisionAction.options.join(', ')}.`,
    ].join('\n'),
  )
  decide.action((images: string, word: string) =>
    run(decide, async (context) => {
      const { expect, keep, labels, value, ...flags } = parseFlags(decideFlags, decide.opts())
      const action = decisionAction.safeParse(word)
      if (!action.success) {
        throw new AppError(
          'INVALID_INPUT',
          `"${word}" is no action. Actions: ${decisionAction.options.join(', ')}.`,
        )
      }
      const { client } = await context.openProject()
      const outcome = await client.decision.decide({
        ...flags,
        target: await readTarget(client, images, { expect, keep, labels }),
        action: action.data,
        value: value === 'none' ? null : value,
      })
      return { ...describeOutcome(outcome), exitCode: outcome.conflictCount > 0 ? 4 : 0 }
    }),
  )
  addToggle(registry, 'undo')
  addToggle(registry, 'redo')
  addHistory(registry)
  addFiles(registry)
}

function addToggle({ program, run }: CommandRegistry, kind: 'undo' | 'redo'): void {
  const command =
    kind === 'undo'
      ? defineCommand(
          program,
          'undo [act]',
          'take the last act back, or another one by its number in the history',
        )
      : defineCommand(program, 'redo', 'do again what was taken back last')
  addReviewer(command).action(() =>
    run(command, async (context) => {
      const { reviewer, act } = parseFlags(toggleFlags, { ...command.opts(), act: command.args[0] })
      const { client } = await context.openProject()
      return describeOutcome(await client.decision[kind]({ reviewer, actId: act }))
    }),
  )
}

function addHistory({ program, run }: CommandRegistry): void {
  const command = defineCommand(program, 'history [image]', 'who decided what, newest first').option(
    '--top <n>',
    'how many at most (default: 50, up to 500)',
  )
  command.action((image: string | undefined) =>
    run(command, async (context) => {
      const { top } = parseFlags(
        z.object({ top: integerFlag.pipe(z.int().min(1).max(500)).optional() }),
        command.opts(),
      )
      const { client } = await context.openProject()
      const id =
        image === undefined
          ? undefined
          : /^\d+$/.test(image)
            ? imageId.parse(Number(image))
            : await findByPath(client, image)
      const { items } = await client.decision.history({ imageId: id, limit: top })
      const text = formatTable(items, [
        { title: 'act', cell: (entry) => String(entry.actId), alignRight: true },
        { title: 'when', cell: ({ at }) => at },
        { title: 'who', cell: ({ reviewer }) => reviewer },
        { title: 'what', cell: ({ title, isUndone }) => (isUndone ? `${title} (undone)` : title) },
        {
          title: 'why',
          cell: ({ changes: [change] }) =>
            [change?.reason, change?.note].filter((part) => typeof part === 'string').join(': '),
        },
      ])
      return { json: items, text: items.length === 0 ? 'Nothing has been decided.' : text }
    }),
  )
}

function describeImport(report: DecisionImportReport): string {
  const { rows, matchedByHash, matchedByPath, matchedByName, changed, unchanged, newer, repeated } = report
  const { problems, problemCount } = report
  const head = [
    `${formatCount(rows)} decisions read (${report.format})`,
    `${formatCount(matchedByHash)} found by hash`,
    `${formatCount(matchedByPath)} by path`,
    ...(matchedByName === 0 ? [] : [`${formatCount(matchedByName)} by name alone`]),
    `${formatCount(changed)} ${report.isDryRun ? 'would change' : 'changed'}`,
    `${formatCount(unchanged)} stood so already`,
    ...(repeated === 0 ? [] : [`${formatCount(repeated)} said twice in the file`]),
    ...(newer === 0 ? [] : [`${formatCount(newer)} older than what stands here (--replace takes them)`]),
  ].join(', ')
  const lines = problems.slice(0, listed).map(({ at, message }) => `  ${at}: ${message}`)
  const more = problemCount - lines.length
  return [head, ...lines, ...(more > 0 ? [`  and ${formatCount(more)} more`] : [])].join('\n')
}

function addFiles({ program, run }: CommandRegistry): void {
  const files = program.command('decisions').description('take decisions to other tools and back')
  const formats = decisionFormat.options.join(', ')
  const out = defineCommand(files, 'export', 'write the decisions that hold now')
    .requiredOption('--out <file>', 'new file; one that exists is never overwritten')
    .option('--format <format>', `${formats} (default: csv)`)
  out.action(() =>
    run(out, async (context) => {
      const flags = parseFlags(
        z.object({ out: z.string().min(1), format: decisionFormat.optional() }),
        out.opts(),
      )
      const { client } = await context.openProject()
      const written = await client.decision.export({
        file: resolve(context.io.workingFolder, flags.out),
        format: flags.format,
      })
      return { json: written, text: `Wrote ${formatCount(written.rows)} decisions to ${written.file}` }
    }),
  )

  const take = addReviewer(
    defineCommand(files, 'import <file>', 'take decisions from a file; one undo takes them back')
      .option('--format <format>', `${formats} (default: told by the content)`)
      .option('--dry-run', 'tell what would change, and change nothing')
      .option('--replace', 'also replace decisions that are newer here'),
  )
  take.action((file: string) =>
    run(take, async (context) => {
      const { dryRun, ...flags } = parseFlags(
        z.object({
          format: decisionFormat.optional(),
          dryRun: z.boolean().default(false),
          replace: z.boolean().default(false),
          reviewer: z.string().optional(),
        }),
        take.opts(),
      )
      const { client } = await context.openProject()
      const report = await client.decision.import({
        ...flags,
        file: resolve(context.io.workingFolder, file),
        isDryRun: dryRun,
      })
      return { json: report, text: describeImport(report) }
    }),
  )
}
