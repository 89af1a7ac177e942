import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import * as z from 'zod'
import { AppError } from '#shared/contract/errors.ts'
import type { ModelId, SplitId } from '#shared/contract/base.contract.ts'
import { scanResult, type ScanResult } from '#shared/contract/check.contract.ts'
import { importResult } from '#shared/contract/dataset.contract.ts'
import { evaluationResult, type EvaluationResult } from '#shared/contract/evaluation.contract.ts'
import { exportResult, type ExportResult } from '#shared/contract/model.contract.ts'
import type { ImagePrediction } from '#shared/contract/prediction.contract.ts'
import { trainResult, type TrainResult } from '#shared/contract/run.contract.ts'
import { splitResult } from '#shared/contract/split.contract.ts'
import { formatCount, formatDuration, formatEstimate, formatShare } from '#shared/domain/format.ts'
import { describeParity } from '#shared/derived/describe-model.ts'
import { checkIds, checks } from '#shared/domain/checks.ts'
import { samplePortraits, sampleRatios } from '#shared/domain/sample-recipe.ts'
import { tasks } from '#shared/domain/tasks.ts'
import type { CommandContext } from '../command-context.ts'
import { integerFlag, parseFlags } from '../parse-flags.ts'
import type { CommandRegistry } from '../command-registry.ts'
import { runServer } from '../run-server.ts'
import { formatTable } from '../table.ts'
import { defineCommand } from './define-command.ts'

const demoFlags = z.object({
  open: z.boolean(),
  folder: z.string().min(1).optional(),
  images: integerFlag.pipe(z.number().min(100).max(100_000)).default(samplePortraits),
  epochs: integerFlag.pipe(z.number().min(1).max(1000)).default(10),
  seed: integerFlag.default(1),
})
type DemoFlags = z.infer<typeof demoFlags>

/** The drawings have no faces to find, and no model to doubt their labels yet. */
const pictureChecks = checkIds.filter((id) => ['pixels', 'duplicates'].includes(checks[id].source))

/** Small enough for minutes on two cores, large enough for the thinnest mark of the sample to be seen. */
const training = { arch: 'resnet18', inputSize: 32, batchSize: 32 } as const

export function addDemoCommand({ program, run }: CommandRegistry): void {
  const demo = defineCommand(program, 'demo', 'walk the whole loop on the generated sample project')
    .option(
      '--folder <folder>',
      'new folder for the project, as --project (default: a new one in your user data)',
    )
    .option('--images <n>', `portraits to draw (default: ${samplePortraits})`)
    .option('--epochs <n>', 'passes over the training part (default: 10)')
    .option('--seed <n>', 'seed of every random choice (default: 1)')
    .option('--no-open', 'do not open the window on the result')
  demo.action(() =>
    run(demo, async (context) => {
      const flags = parseFlags(demoFlags, demo.opts())
      const report = await runDemo(context, flags)
      const written = context.isJson ? `${JSON.stringify(report, null, 2)}\n` : `${describeDemo(report)}\n`
      context.io.stdout.write(written)
      if (flags.open) await showWindow(context)
      return null
    }),
  )
}

interface DemoReport {
  readonly folder: string
  readonly images: number
  readonly scan: ScanResult
  readonly seconds: Readonly<
    Record<'sample' | 'scan' | 'split' | 'train' | 'evaluate' | 'export' | 'predict' | 'total', number>
  >
  readonly train: TrainResult
  readonly evaluation: EvaluationResult
  readonly export: ExportResult
  readonly prediction: ImagePrediction & {
    readonly labelled: Readonly<Record<(typeof tasks)[number], string | null>>
  }
}

async function runDemo(context: CommandContext, flags: DemoFlags): Promise<DemoReport> {
  const target = findTarget(context, flags)
  const { client } = await context.openEngine()
  const steps = new DemoSteps(context)

  const { folder, images } = await steps.run(
    'sample',
    'Drawing and importing the sample project',
    async () => {
      const { images: count, seed } = flags
      const made = await client.project.createSample({ folder: target, images: count, seed })
      const { imported } = await context.awaitJob(made.jobId, importResult, howToStartAgain)
      return { folder: made.folder, images: imported }
    },
  )
  const scan = await steps.run('scan', 'Looking for pictures that do not belong', async () => {
    const { jobId } = await client.scan.start({ checks: pictureChecks })
    return context.awaitJob(jobId, scanResult, howToStartAgain)
  })
  const { splitId } = await steps.run('split', 'Splitting without cutting an identity', async () => {
    const { jobId } = await client.split.create({ seed: flags.seed, ratios: sampleRatios })
    return context.awaitJob(jobId, splitResult, howToStartAgain)
  })
  const train = await steps.run('train', `Training ${training.arch} for ${flags.epochs} epochs`, async () => {
    const { epochs, seed } = flags
    const { jobId } = await client.run.start({ ...training, splitId, epochs, seed })
    return context.awaitJob(jobId, trainResult, howToStartAgain)
  })
  const { modelId } = train
  const evaluation = await steps.run('evaluate', 'Evaluating on the validation part', async () => {
    const { jobId } = await client.evaluation.create({ modelId, part: 'val' })
    return context.awaitJob(jobId, evaluationResult, howToStartAgain)
  })
  const exported = await steps.run('export', 'Exporting as ONNX and measuring parity', async () => {
    const { jobId } = await client.model.export({ modelId })
    return context.awaitJob(jobId, exportResult, howToStartAgain)
  })
  const prediction = await steps.run('predict', 'Predicting one portrait of the validation part', () =>
    predictOne(context, { folder, splitId, modelId }),
  )
  return { folder, images, scan, seconds: steps.seconds(), train, evaluation, export: exported, prediction }
}

/** The new project is named by either flag; undefined is a place in the user's data. */
function findTarget(context: CommandContext, { folder }: DemoFlags): string | undefined {
  const inFolder = (flag: string): string => resolve(context.io.workingFolder, flag)
  const [target, other] = [folder, context.projectFlag].flatMap((flag) =>
    flag === undefined ? [] : [inFolder(flag)],
  )
  if (other !== undefined && other !== target) {
    throw new AppError(
      'INVALID_INPUT',
      '--folder and --project name two places for one project. Leave one of them out.',
    )
  }
  return target
}

const howToStartAgain = 'Start again with: evenhand demo'

type DemoStep = Exclude<keyof DemoReport['seconds'], 'total'>

/** Says what is going on and times it. */
class DemoSteps {
  readonly #context: CommandContext
  readonly #startedAt = performance.now()
  readonly #seconds: Record<DemoStep, number> = {
    sample: 0,
    scan: 0,
    split: 0,
    train: 0,
    evaluate: 0,
    export: 0,
    predict: 0,
  }
  #number = 0

  constructor(context: CommandContext) {
    this.#context = context
  }

  async run<Result>(step: DemoStep, title: string, work: () => Promise<Result>): Promise<Result> {
    this.#context.signal.throwIfAborted()
    this.#number++
    this.#context.note(`${this.#number}/7 ${title}`)
    const startedAt = performance.now()
    const result = await work()
    this.#seconds[step] = (performance.now() - startedAt) / 1000
    this.#context.note(`    done in ${formatDuration(this.#seconds[step])}`)
    return result
  }

  seconds(): DemoReport['seconds'] {
    return { ...this.#seconds, total: (performance.now() - this.#startedAt) / 1000 }
  }
}

async function predictOne(
  context: CommandContext,
  { folder, splitId, modelId }: { folder: string; splitId: SplitId; modelId: ModelId },
): Promise<DemoReport['prediction']> {
  const { client, engine } = await context.openEngine()
  const { items } = await client.image.query({ filter: { split: { splitId, parts: ['val'] } }, limit: 1 })
  const [tile] = items
  if (tile === undefined) throw new RangeError('The validation part of the sample is empty')
  const { path, race, gender, ageBin } = await client.image.get({ imageId: tile.id })
  const bytes = await readFile(join(folder, 'sample', path))
  const { predictions } = await engine.predict(
    [{ file: path, bytes }],
    { modelId },
    {
      asker: { kind: 'program', name: 'command line', purposeId: null },
      signal: context.signal,
    },
  )
  const [prediction] = predictions
  if (prediction === undefined) throw new RangeError('The model gave no answer')
  return { ...prediction, labelled: { age: ageBin, gender, race } }
}

function describeDemo(report: DemoReport): string {
  const { folder, images, seconds, train, evaluation, prediction } = report
  const { parity, file } = report.export
  const face = prediction.faces[0]
  const answers = tasks.map((task) => {
    const answer = face?.[task]
    const share = answer === undefined || answer === null ? undefined : answer.probabilities?.[answer.label]
    return { task, predicted: answer?.label ?? '', share, labelled: prediction.labelled[task] ?? '' }
  })
  return [
    `Drawn and imported: ${formatCount(images)} portraits`,
    `Scanned: ${describeFlags(report.scan)}`,
    `Trained: best epoch ${train.bestEpoch}, ${train.imagesPerSecond.toFixed(0)} images/s`,
    '',
    'Accuracy on the validation part, with 95% intervals',
    describeAccuracy(evaluation),
    '',
    `Parity of the ONNX file with the trainer: ${describeParity(parity)}`,
    '',
    `Prediction for ${prediction.file}`,
    formatTable(answers, [
      { title: 'task', cell: ({ task }) => task },
      { title: 'predicted', cell: ({ predicted }) => predicted },
      {
        title: 'probability',
        cell: ({ share }) => (share === undefined ? '' : formatShare(share)),
        alignRight: true,
      },
      { title: 'labelled', cell: ({ labelled }) => labelled },
    ]),
    '',
    `Time: ${Object.entries(seconds)
      .map(([step, value]) => `${step} ${formatDuration(value)}`)
      .join(', ')}`,
    `Project: ${folder}`,
    `Model: ${file}`,
    'The portraits are synthetic drawings: these figures mean nothing about people.',
  ].join('\n')
}

/** "greyscale 45, exact-duplicate 12", the most first. */
function describeFlags({ checks: results }: ScanResult): string {
  const flagged = results.filter((one) => one.flagged > 0).toSorted((a, b) => b.flagged - a.flagged)
  return flagged.length === 0
    ? 'nothing is flagged'
    : `${flagged.map(({ check, flagged: images }) => `${check} ${formatCount(images)}`).join(', ')}; look at them in Curate`
}

function describeAccuracy({ tasks: results }: EvaluationResult): string {
  const rows = tasks.flatMap((task) => {
    const measured = results[task]
    if (measured === null) return []
    const groups = measured.byGroup
      .filter(({ grouping }) => grouping === 'race')
      .map((one) => ({ task: '', group: one.group, estimate: one }))
    return [{ task, group: 'all', estimate: measured.accuracy }, ...groups]
  })
  return formatTable(rows, [
    { title: 'task', cell: ({ task }) => task },
    { title: 'labelled', cell: ({ group }) => group },
    { title: 'accuracy', cell: ({ estimate }) => formatEstimate(estimate) },
  ])
}

async function showWindow(context: CommandContext): Promise<void> {
  if (!existsSync(join(context.windowFolder, 'index.html'))) {
    context.note('The window is not built yet: "npm run build" builds it, "npm start" opens it.')
    return
  }
  const { engine } = await context.openEngine()
  await runServer(context, {
    options: { engine, port: 0, windowFolder: context.windowFolder },
    isToOpen: true,
    announce: ({ origin }) => context.note(`Window: ${origin}\nStop with Ctrl-C`),
  })
}
