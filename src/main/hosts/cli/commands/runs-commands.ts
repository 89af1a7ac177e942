import { resolve } from 'node:path'
import * as z from 'zod'
import type { RunSummary } from '#shared/contract/run.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { formatCount } from '#shared/domain/format.ts'
import type { CommandContext } from '../command-context.ts'
import { parseFlags, pickByReference } from '../parse-flags.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'
import { describeComparison, describeRun, describeRuns } from './run-texts.ts'
import { awaitTraining } from './train-commands.ts'

export function addRunsCommands({ program, run }: CommandRegistry): void {
  const runs = defineCommand(program, 'runs', 'list, show, compare and annotate training runs').option(
    '--all',
    'archived runs too',
  )
  runs.action(() =>
    run(runs, async (context) => {
      const { all } = parseFlags(z.object({ all: z.boolean().optional() }), runs.opts())
      const { client } = await context.openProject()
      const listed = (await client.run.list()).filter(({ archived }) => all === true || !archived)
      return { json: listed, text: describeRuns(listed) }
    }),
  )
  const registry: CommandRegistry = { program: runs, run }
  addShowAndCompare(registry)
  addAnnotations(registry)
  addDisk(registry)
  addQueue(registry)
  addCurves(registry)
}

/** A run by its number or name. */
async function findRun(context: CommandContext, reference: string): Promise<RunSummary> {
  const { client } = await context.openProject()
  return pickByReference(await client.run.list(), reference, 'run')
}

function addShowAndCompare({ program, run }: CommandRegistry): void {
  const show = defineCommand(program, 'show <run>', 'everything about one run')
  show.action((reference: string) =>
    run(show, async (context) => {
      const { id } = await findRun(context, reference)
      const { client } = await context.openProject()
      const detail = await client.run.get({ runId: id })
      return { json: detail, text: describeRun(detail) }
    }),
  )

  const compare = defineCommand(
    program,
    'compare <runs...>',
    'what runs differ in, and what they reached',
  ).option('--curves <numbers>', 'imported curves to name beside them, joined by commas')
  compare.action((references: string[]) =>
    run(compare, async (context) => {
      const flags = parseFlags(z.object({ curves: z.string().optional() }), compare.opts())
      const { client } = await context.openProject()
      const known = await client.run.list()
      const runIds = references.map((reference) => pickByReference(known, reference, 'run').id)
      const imported = flags.curves === undefined ? [] : await client.run.importedCurves()
      const curvesIds = (flags.curves?.split(',') ?? []).map(
        (one) => pickByReference(imported, one.trim(), 'set of imported curves').id,
      )
      const comparison = await client.run.compare({ runIds, curvesIds })
      return { json: comparison, text: describeComparison(comparison) }
    }),
  )
}

function addAnnotations({ program, run }: CommandRegistry): void {
  const note = defineCommand(
    program,
    'note <run> <text>',
    'write notes about a run; an empty text clears them',
  )
  note.action((reference: string, notes: string) =>
    run(note, async (context) => {
      const { id } = await findRun(context, reference)
      const { client } = await context.openProject()
      const noted = await client.run.setNotes({ runId: id, notes })
      return { json: noted, text: `Run ${id}: ${notes === '' ? 'no notes' : notes}` }
    }),
  )

  const tag = defineCommand(program, 'tag <run> <tags>', 'tags joined by commas; an empty text clears them')
  tag.action((reference: string, text: string) =>
    run(tag, async (context) => {
      const { id } = await findRun(context, reference)
      const { client } = await context.openProject()
      const tags = text
        .split(',')
        .map((one) => one.trim())
        .filter((one) => one !== '')
      const tagged = await client.run.setTags({ runId: id, tags })
      return {
        json: tagged,
        text: `Run ${id}: ${tagged.tags.length === 0 ? 'no tags' : tagged.tags.join(', ')}`,
      }
    }),
  )

  const rename = defineCommand(program, 'rename <run> <name>', 'give a run another name')
  rename.action((reference: string, name: string) =>
    run(rename, async (context) => {
      const { id } = await findRun(context, reference)
      const { client } = await context.openProject()
      const renamed = await client.run.rename({ runId: id, name })
      return { json: renamed, text: `Run ${id} is named ${renamed.name}` }
    }),
  )

  for (const [name, archived, description] of [
    ['archive', true, 'pass over a run in lists; nothing is deleted'],
    ['unarchive', false, 'take a run back into lists'],
  ] as const) {
    const command = defineCommand(program, `${name} <run>`, description)
    command.action((reference: string) =>
      run(command, async (context) => {
        const { id } = await findRun(context, reference)
        const { client } = await context.openProject()
        const changed = await client.run.archive({ runId: id, archived })
        return { json: changed, text: `Run ${id} is ${archived ? 'archived' : 'in the lists again'}` }
      }),
    )
  }

  const keep = defineCommand(program, 'keep <run>', "make a stopped run's best epoch its model")
  keep.action((reference: string) =>
    run(keep, async (context) => {
      const { id } = await findRun(context, reference)
      const { client } = await context.openProject()
      return awaitTraining(context, await client.run.keep({ runId: id }))
    }),
  )
}

function addDisk({ program, run }: CommandRegistry): void {
  const disk = defineCommand(program, 'disk', 'what the checkpoints of archived runs hold, or delete them')
    .option('--free <runs>', 'runs whose checkpoints are deleted, joined by commas, or "all"')
    .option('--yes', 'delete them; without it only what would go is told')
  disk.action(() =>
    run(disk, async (context) => {
      const { free, yes } = parseFlags(
        z.object({ free: z.string().min(1).optional(), yes: z.boolean().default(false) }),
        disk.opts(),
      )
      const { client } = await context.openProject()
      const held = await client.run.disk()
      const known = free === undefined || free === 'all' ? [] : await client.run.list()
      const chosen =
        free === 'all'
          ? held.map(({ runId }) => runId)
          : (free?.split(',') ?? []).map((one) => pickByReference(known, one.trim(), 'run').id)
      if (chosen.length > 0 && yes) {
        const freed = await client.run.freeDisk({ runIds: chosen })
        return {
          json: freed,
          text: `Deleted ${formatCount(freed.files)} checkpoints of ${formatCount(freed.runs)} runs, ${formatCount(freed.bytes)} bytes.`,
        }
      }
      const shown = free === undefined ? held : held.filter(({ runId }) => chosen.includes(runId))
      const table = formatTable(shown, [
        { title: 'run', cell: ({ runId }) => String(runId), alignRight: true },
        { title: 'name', cell: ({ name }) => name },
        { title: 'checkpoints', cell: ({ files }) => formatCount(files), alignRight: true },
        { title: 'bytes', cell: ({ bytes }) => formatCount(bytes), alignRight: true },
        { title: 'model, which stays', cell: ({ modelId }) => (modelId === null ? '' : String(modelId)) },
      ])
      return {
        json: shown,
        text: `${table}\nDeleted on request with --free RUNS --yes: the runs can then no longer go on. Curves, settings, notes and models stay.`,
      }
    }),
  )
}

function addQueue({ program, run }: CommandRegistry): void {
  const proceed = defineCommand(
    program,
    'continue',
    'go on with the runs that were interrupted, in their order',
  )
  proceed.action(() =>
    run(proceed, async (context) => {
      const { client } = await context.openProject()
      const { running, waiting } = await client.run.continueQueue()
      const order = [...(running === null ? [] : [running]), ...waiting]
      if (order.length === 0)
        throw new AppError('CONFLICT', 'No run was interrupted: there is nothing to go on with.')
      for (const runId of order) {
        const { jobId } = await client.run.get({ runId })
        if (jobId !== null) await context.followJob(jobId)
        if (context.signal.aborted)
          throw new AppError('CANCELLED', 'Stopped. Go on with: evenhand runs continue')
      }
      const ended = (await client.run.list()).filter(({ id }) => order.includes(id))
      return { json: ended, text: describeRuns(ended) }
    }),
  )
}

function addCurves({ program, run }: CommandRegistry): void {
  const importCurves = defineCommand(
    program,
    'import-curves <path>',
    'read curves from TensorBoard event files, for comparison',
  ).option('--name <name>', 'name of the curves (default: the name of the file or folder)')
  importCurves.action((path: string) =>
    run(importCurves, async (context) => {
      const { name } = parseFlags(z.object({ name: z.string().min(1).optional() }), importCurves.opts())
      const { client } = await context.openProject()
      const imported = await client.run.importCurves({ path: resolve(context.io.workingFolder, path), name })
      for (const note of imported.notes) context.note(note)
      const points = imported.tags.reduce((sum, { points: some }) => sum + some, 0)
      const text = `Imported curves ${imported.id} (${imported.name}): ${formatCount(imported.tags.length)} tags, ${formatCount(points)} points`
      return { json: imported, text }
    }),
  )

  const curves = defineCommand(program, 'curves', 'list the imported curves')
  curves.action(() =>
    run(curves, async (context) => {
      const { client } = await context.openProject()
      const all = await client.run.importedCurves()
      const text = formatTable(all, [
        { title: 'id', cell: ({ id }) => String(id), alignRight: true },
        { title: 'name', cell: ({ name }) => name },
        { title: 'tags', cell: ({ tags }) => formatCount(tags.length), alignRight: true },
        { title: 'source', cell: ({ source }) => source },
        { title: 'SHA-256', cell: ({ sha256 }) => sha256.slice(0, 12) },
        { title: 'imported', cell: ({ createdAt }) => createdAt },
      ])
      return { json: all, text }
    }),
  )
}
