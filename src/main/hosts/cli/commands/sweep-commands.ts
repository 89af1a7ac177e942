import type { Command } from 'commander'
import * as z from 'zod'
import { AppError, errorTable } from '#shared/contract/errors.ts'
import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import {
  sweepMetric,
  type ChoiceValue,
  type StartedSweep,
  type SweepId,
  type SweepMetric,
  type SweepPlanInput,
} from '#shared/contract/sweep.contract.ts'
import type { CommandContext, CommandOutcome } from '../command-context.ts'
import { integerFlag, parseFlags, pickByReference } from '../parse-flags.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { formatTable } from '../table.ts'
import { resolveChoicePath } from './choice-flags.ts'
import { defineCommand } from './define-command.ts'
import { describeSweep } from './run-texts.ts'
import { readRunConfig } from './train-commands.ts'
import { addChoiceFlags } from './train-flags.ts'

const pair = (text: string): [name: string, value: string] => [
  text.slice(0, text.indexOf('=')),
  text.slice(text.indexOf('=') + 1),
]

function readWord(word: string): ChoiceValue {
  if (word === 'true' || word === 'false') return word === 'true'
  if (word === 'null') return null
  return word !== '' && Number.isFinite(Number(word)) ? Number(word) : word
}

function readValues(path: string, text: string): ChoiceValue[] {
  const words = text.split(',').map((word) => word.trim())
  return path === 'tasks' ? words.map((word) => word.split('+')) : words.map(readWord)
}

const gridFlag = z
  .string()
  .regex(/^[\w.-]+=.+$/, 'must be a choice and its values, as in combine=sum,dwa')
  .transform((text) => {
    const [name, values] = pair(text)
    const path = resolveChoicePath(name)
    return { path, values: readValues(path, values) }
  })

const rangeFlag = z
  .string()
  .regex(
    /^[\w.-]+=[^.]+(\.\d+)?\.\.[^:]+(:(log|linear|whole))?$/,
    'must be two bounds, as in lr=1e-4..1e-2:log',
  )
  .transform((text) => {
    const [name, bounds] = pair(text)
    const [range = '', kind] = bounds.split(':')
    const [low, high] = range.split('..').map(Number)
    const scale = kind === 'log' ? ('log' as const) : ('linear' as const)
    return {
      path: resolveChoicePath(name),
      low: low ?? NaN,
      high: high ?? NaN,
      scale,
      isWhole: kind === 'whole',
    }
  })

const sweepFlags = z.object({
  grid: z.array(gridFlag).default([]),
  range: z.array(rangeFlag).default([]),
  random: integerFlag.optional(),
  drawSeed: integerFlag.optional(),
})

const metricFlag = z.object({ metric: sweepMetric.default('mean') })

const addMetric = (command: Command): Command =>
  command.option('--metric <metric>', 'mean, race, gender, age or ageMae (default: mean)')

function readPlan(options: unknown): SweepPlanInput {
  const { grid, range, random, drawSeed } = parseFlags(sweepFlags, options)
  if (grid.length + range.length === 0) {
    throw new AppError('INVALID_INPUT', '--grid: name a choice and its values, as in --grid combine=sum,dwa.')
  }
  if (random !== undefined)
    return { kind: 'random', draws: random, seed: drawSeed, axes: [...grid, ...range] }
  if (range.length > 0) {
    throw new AppError('INVALID_INPUT', '--range: bounds need draws; say how many with --random N.')
  }
  return { kind: 'grid', axes: grid }
}

export function addSweepCommands({ program, run }: CommandRegistry): void {
  const sweep = addMetric(
    addChoiceFlags(defineCommand(program, 'sweep', 'train runs that differ in a few choices, and rank them'))
      .option(
        '--grid <choice=values...>',
        'values of one choice, as in combine=sum,dwa; every combination is run',
      )
      .option('--random <n>', 'draw so many runs instead of all combinations')
      .option('--range <choice=low..high...>', 'bounds to draw from, as in lr=1e-4..1e-2:log')
      .option('--draw-seed <n>', 'seed of the draws (default: 1)'),
  )
  sweep.action(() =>
    run(sweep, async (context) => {
      const { metric } = parseFlags(metricFlag, sweep.opts())
      const plan = readPlan(sweep.opts())
      const base = await readRunConfig(context, sweep.opts())
      const { client } = await context.openProject()
      return awaitSweep(context, await client.run.sweep({ base, plan, name: base.name }), metric)
    }),
  )
  addStored({ program: sweep, run })
}

function addStored({ program, run }: CommandRegistry): void {
  const list = defineCommand(program, 'list', 'list the sweeps')
  list.action(() =>
    run(list, async (context) => {
      const { client } = await context.openProject()
      const sweeps = await client.run.sweeps()
      const text = formatTable(sweeps, [
        { title: 'id', cell: ({ id }) => String(id), alignRight: true },
        { title: 'name', cell: ({ name }) => name },
        { title: 'runs', cell: ({ runIds }) => String(runIds.length), alignRight: true },
        { title: 'made', cell: ({ createdAt }) => createdAt },
      ])
      return { json: sweeps, text }
    }),
  )

  const show = addMetric(defineCommand(program, 'show <sweep>', 'the runs of a sweep, best first'))
  show.action((reference: string) =>
    run(show, async (context) => {
      const { metric } = parseFlags(metricFlag, show.optsWithGlobals())
      const { client } = await context.openProject()
      const sweepId = await findSweep(context, reference)
      const results = await client.run.sweepResults({ sweepId, metric })
      return { json: results, text: describeSweep(results) }
    }),
  )

  const resume = addMetric(defineCommand(program, 'resume <sweep>', 'go on with the runs that were stopped'))
  resume.action((reference: string) =>
    run(resume, async (context) => {
      const { metric } = parseFlags(metricFlag, resume.optsWithGlobals())
      const { client } = await context.openProject()
      const sweepId = await findSweep(context, reference)
      return awaitSweep(context, await client.run.resumeSweep({ sweepId }), metric)
    }),
  )
}

async function findSweep(context: CommandContext, reference: string): Promise<SweepId> {
  const { client } = await context.openProject()
  return pickByReference(await client.run.sweeps(), reference, 'sweep').id
}

/** Waits for every run; one that fails does not keep the others from going on. */
async function awaitSweep(
  context: CommandContext,
  { sweepId, runs }: StartedSweep,
  metric: SweepMetric,
): Promise<CommandOutcome> {
  const { client } = await context.openProject()
  const failed: JobSnapshot[] = []
  for (const [index, { runId, jobId }] of runs.entries()) {
    context.note(`Run ${runId}, ${index + 1} of ${runs.length}`)
    const job = await context.followJob(jobId)
    if (context.signal.aborted) {
      await client.run.stopSweep({ sweepId })
      throw new AppError('CANCELLED', `The sweep was stopped. Go on with: evenhand sweep resume ${sweepId}`)
    }
    if (job.state === 'succeeded') continue
    failed.push(job)
    context.note(`Run ${runId} ${job.state}: ${job.error?.message ?? 'it can be resumed'}`)
  }
  const results = await client.run.sweepResults({ sweepId, metric })
  const code = failed[0]?.error?.code
  const exitCode = code === undefined ? {} : { exitCode: errorTable[code].exitCode }
  return { json: results, text: describeSweep(results), ...exitCode }
}
