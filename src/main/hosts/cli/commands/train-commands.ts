import * as z from 'zod'
import { runId, type Estimate } from '#shared/contract/base.contract.ts'
import { trainResult, type RunSummary, type TrainResult } from '#shared/contract/run.contract.ts'
import { trainConfig } from '#shared/contract/train-config.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import { formatDuration, formatEstimate } from '#shared/domain/format.ts'
import { tasks } from '#shared/domain/tasks.ts'
import type { CommandContext } from '../command-context.ts'
import { decimalFlag, integerFlag, parseFlags, pickByReference } from '../parse-flags.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'
import { listSplits } from './split-commands.ts'

const config = trainConfig.shape

const trainFlags = z.object({
  split: z.string().optional(),
  name: z.string().optional(),
  arch: config.arch.optional(),
  input: integerFlag.optional(),
  epochs: integerFlag.optional(),
  batch: integerFlag.optional(),
  lr: decimalFlag.optional(),
  weightDecay: decimalFlag.optional(),
  schedule: config.schedule.optional(),
  seed: integerFlag.optional(),
  engine: config.engine.optional(),
  device: config.device.optional(),
  init: z.string().optional(),
  flip: z.boolean(),
  crop: z.boolean(),
  resume: integerFlag.pipe(runId).optional(),
})
type TrainFlags = z.infer<typeof trainFlags>

export function addTrainCommands({ program, run }: CommandRegistry): void {
  const train = defineCommand(program, 'train', 'train a model on a split')
    .option('--split <split>', 'number or name of the split')
    .option('--arch <arch>', 'resnet18 or resnet34 (default: resnet18)')
    .option('--input <pixels>', 'side of the square input, a multiple of 32 (default: 64)')
    .option('--epochs <n>', 'passes over the training part (default: 18)')
    .option('--batch <n>', 'images per step (default: 64)')
    .option('--lr <rate>', 'peak learning rate (default: 0.002)')
    .option('--weight-decay <decay>', 'not applied to norms and biases (default: 0.01)')
    .option('--schedule <schedule>', 'constant, cosine or one-cycle (default: one-cycle)')
    .option('--seed <n>', 'seed of every random choice (default: 1)')
    .option('--engine <engine>', 'auto or onnx (default: auto)')
    .option('--device <device>', 'auto or cpu (default: auto)')
    .option('--init <weights>', 'random, or a file: .safetensors, .pth, .pt or .onnx (default: random)')
    .option('--no-flip', 'do not mirror images at random')
    .option('--no-crop', 'do not crop images at random')
    .option('--name <name>', 'name of the run')
    .option('--resume <run>', 'go on with a stopped run from its last checkpoint')
  train.action(() =>
    run(train, async (context) => {
      const flags = parseFlags(trainFlags, train.opts())
      const started = await startRun(context, flags)
      await tellNotes(context, started.runId)
      const howToContinue = `Go on from its last checkpoint with: evenhand train --resume ${started.runId}`
      const result = await context.awaitJob(started.jobId, trainResult, howToContinue)
      return { json: result, text: describeTraining(result) }
    }),
  )

  const runs = defineCommand(program, 'runs', 'list the training runs')
  runs.action(() =>
    run(runs, async (context) => {
      const { client } = await context.openProject()
      const all = await client.run.list()
      return { json: all, text: describeRuns(all) }
    }),
  )
}

async function startRun(context: CommandContext, flags: TrainFlags) {
  if (flags.resume === undefined && flags.split === undefined) {
    throw new AppError(
      'INVALID_INPUT',
      '--split: name the split to train on; "evenhand split list" shows them.',
    )
  }
  const { client } = await context.openProject()
  if (flags.resume !== undefined) return client.run.resume({ runId: flags.resume })
  const { id: splitId } = pickByReference(await listSplits(client), flags.split ?? '', 'split')
  return client.run.start({
    splitId,
    name: flags.name,
    arch: flags.arch,
    inputSize: flags.input,
    epochs: flags.epochs,
    batchSize: flags.batch,
    learningRate: flags.lr,
    weightDecay: flags.weightDecay,
    schedule: flags.schedule,
    seed: flags.seed,
    engine: flags.engine,
    device: flags.device,
    init: flags.init,
    augmentation: { flip: flags.flip, crop: flags.crop ? 'pad' : 'none' },
  })
}

/** What the run starts from and learns from, before the wait begins. */
async function tellNotes(context: CommandContext, id: TrainResult['runId']): Promise<void> {
  const { client } = await context.openEngine()
  for (const note of (await client.run.get({ runId: id })).notes) context.note(note)
}

function describeTraining(result: TrainResult): string {
  const lines = tasks.flatMap((task) => {
    const measured = result.validation[task]
    return measured === null ? [] : [{ task, accuracy: formatEstimate(measured.accuracy) }]
  })
  const table = formatTable(lines, [
    { title: 'task', cell: ({ task }) => task },
    { title: 'validation accuracy (95% interval)', cell: ({ accuracy }) => accuracy },
  ])
  const speed = `${formatDuration(result.seconds)}, ${result.imagesPerSecond.toFixed(0)} images/s`
  return `Run ${result.runId}, model ${result.modelId}: best epoch ${result.bestEpoch}, ${speed}\n${table}`
}

function describeRuns(runs: readonly RunSummary[]): string {
  return formatTable(runs, [
    { title: 'id', cell: ({ id }) => String(id), alignRight: true },
    { title: 'name', cell: ({ name }) => name },
    { title: 'state', cell: ({ state }) => state },
    { title: 'arch', cell: ({ config: { arch, inputSize } }) => `${arch}@${inputSize}` },
    { title: 'epochs', cell: (row) => `${row.epochsDone}/${row.config.epochs}`, alignRight: true },
    { title: 'time', cell: ({ seconds }) => formatDuration(seconds), alignRight: true },
    ...tasks.map((task) => ({
      title: `${task} (validation)`,
      cell: ({ best }: RunSummary) => describeBest(best?.[task]),
    })),
  ])
}

function describeBest(measured: { accuracy: Estimate } | null | undefined): string {
  return measured === null || measured === undefined ? '' : formatEstimate(measured.accuracy)
}
