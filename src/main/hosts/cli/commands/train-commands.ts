import * as z from 'zod'
import { runId, type RunId, type SplitId } from '#shared/contract/base.contract.ts'
import { trainResult } from '#shared/contract/run.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { describeBroken } from '#shared/derived/describe-certificate.ts'
import { describeQuickLook } from '#shared/derived/describe-quick-look.ts'
import type { LocalClient } from '../../local-client.ts'
import type { CommandContext, CommandOutcome } from '../command-context.ts'
import { integerFlag, parseFlags, pickByReference } from '../parse-flags.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { defineCommand } from './define-command.ts'
import { describeEstimate, describeTraining } from './run-texts.ts'
import { listSplits } from './split-commands.ts'
import { addChoiceFlags, readChoices } from './train-flags.ts'

const trainFlags = z.object({
  resume: integerFlag.pipe(runId).optional(),
  dryRun: z.boolean().optional(),
})
const resumeFlags = z.object({
  device: z.literal('cpu', 'a stopped run goes on by its own device, or by "cpu"').optional(),
})

export function addTrainCommands({ program, run }: CommandRegistry): void {
  const train = addChoiceFlags(defineCommand(program, 'train', 'train a model on a split'))
    .option(
      '--resume <run>',
      'go on with a stopped run from its last checkpoint, by another device with --device cpu',
    )
    .option('--dry-run', 'tell what the run would take and meet, and start nothing')
  train.action(() =>
    run(train, async (context) => {
      const { resume, dryRun } = parseFlags(trainFlags, train.opts())
      const { client } = await context.openProject()
      if (resume !== undefined) {
        const flags = parseFlags(resumeFlags, train.opts())
        return awaitTraining(context, await client.run.resume({ runId: resume, ...flags }))
      }
      const config = await readRunConfig(context, train.opts())
      if (dryRun === true) {
        const estimate = await client.run.estimate(config)
        return { json: estimate, text: describeEstimate(estimate) }
      }
      const { isProbe, quickLook } = await client.run.estimate(config)
      if (!isProbe) for (const line of describeQuickLook({ isProbe, quickLook })) context.note(line)
      for (const line of await describeLeaks(client, config.splitId)) context.note(line)
      const started = await client.run.start(config)
      for (const note of (await client.run.get({ runId: started.runId })).notes) context.note(note)
      return awaitTraining(context, started)
    }),
  )
}

/** What is wrong with the certificate of the split to train on; nothing where there is none or it holds. */
async function describeLeaks(client: LocalClient, splitId: SplitId): Promise<string[]> {
  const standing = (await client.leakage.standings()).find((one) => one.splitId === splitId)
  if (standing?.state !== 'leaks' && standing?.state !== 'stale') return []
  const { name } = await client.split.get({ splitId })
  return [`${describeBroken(standing, name)} Look at it: evenhand split verify ${splitId}`]
}

const splitFlag = z.object({ split: z.string().optional() })

/** The split of `--split`. */
async function findSplit(context: CommandContext, options: unknown): Promise<SplitId> {
  const { split } = parseFlags(splitFlag, options)
  if (split === undefined) {
    throw new AppError(
      'INVALID_INPUT',
      '--split: name the split to train on; "evenhand split list" shows them.',
    )
  }
  const { client } = await context.openProject()
  return pickByReference(await listSplits(client), split, 'split').id
}

/** The configuration that a command's flags mean, on the split of `--split`. */
export function readRunConfig(context: CommandContext, options: Readonly<Record<string, unknown>>) {
  return readChoices(options, {
    findSplit: () => findSplit(context, options),
    workingFolder: context.io.workingFolder,
  })
}

/** Waits for a run's model and tells of it. */
export async function awaitTraining(
  context: CommandContext,
  { runId: id, jobId }: { runId: RunId; jobId: Parameters<CommandContext['followJob']>[0] },
): Promise<CommandOutcome> {
  const howToContinue = `Go on from its last checkpoint with: evenhand train --resume ${id}`
  const result = await context.awaitJob(jobId, trainResult, howToContinue)
  return { json: result, text: describeTraining(result) }
}
