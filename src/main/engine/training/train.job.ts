import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { runId, type ModelId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { EpochRecord, TrainResult, ValidationResult } from '#shared/contract/run.contract.ts'
import type { PartName } from '#shared/contract/split.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import { tasks } from '#shared/domain/tasks.ts'
import type { JobContext, JobHandler } from '#engine/jobs/job.ts'
import { writeFileAtomically } from '#engine/kernel/atomic-file.ts'
import type { Clock } from '#engine/kernel/clock.ts'
import { parseInput } from '#engine/kernel/parse-input.ts'
import { describeModelCard } from '#engine/models/domain/model-card.ts'
import { encodeLabels, findSchemeOf } from '#engine/models/domain/model-labels.ts'
import { locateModel } from '#engine/models/model-file.ts'
import type { ModelService } from '#engine/models/model.service.ts'
import { runWorker } from '#engine/workers/run-worker.ts'
import type { WorkerLocator } from '#engine/workers/worker-locator.ts'
import type { RunRepo, RunRow } from './run.repo.ts'
import { addUp, type RunService } from './run.service.ts'
import type { TensorService } from './tensor.service.ts'
import { RunEvents } from './tensorboard/run-events.ts'
import {
  trainedModel,
  trainMessage,
  type TrainAssignment,
  type TrainedModel,
  type TrainMessage,
} from './train-protocol.ts'
import type { TrainingDataService } from './training-data.service.ts'

const input = z.object({ runId })
type TrainInput = z.infer<typeof input>

interface TrainJobDeps {
  readonly runs: RunService
  readonly repo: RunRepo
  readonly data: TrainingDataService
  readonly tensors: TensorService
  readonly models: ModelService
  readonly host: {
    readonly projectFolder: string
    readonly workers: WorkerLocator
    readonly cores: number
    readonly version: string
    readonly now: Clock
    readonly publishChange: (topics: readonly Topic[]) => void
  }
}

const checkpointEveryMs = 5 * 60_000
const publishEveryMs = 1000
/** Points of the loss curve that are kept of one run, whatever its length. */
const stepsKept = 2000

/** Feeds, watches and records one run; the computing itself happens in its worker. */
export function createTrainJob(deps: TrainJobDeps): JobHandler<TrainInput, TrainResult> {
  return {
    kind: 'train',
    parse: (stored) => parseInput(input, stored, 'The stored training job'),
    title: ({ runId: id }) => `Train ${deps.runs.find(id).name}`,
    run: async ({ runId: id }, context) => {
      const run = deps.runs.find(id)
      const registered = deps.models.findByRun(id)
      if (registered !== undefined) return describeResult(deps, run, registered.id)
      const runFolder = join(deps.host.projectFolder, 'runs', String(id))
      await mkdir(runFolder, { recursive: true })
      await writeFileAtomically(join(runFolder, 'config.json'), describeConfig(run))
      const assignment = await prepareAssignment(run, { deps, context, runFolder })
      await using events = openEvents(run, deps, runFolder)
      const made = await runWorker({
        workers: deps.host.workers,
        name: 'train',
        input: assignment,
        progress: trainMessage,
        result: trainedModel,
        onProgress: createRecorder(run, deps, { ...context, events }),
        signal: context.signal,
      })
      events.succeed()
      const modelId = await registerModel(run, { deps, made, runFolder })
      deps.host.publishChange(['runs'])
      return describeResult(deps, run, modelId)
    },
  }
}

function describeConfig({
  name,
  config,
  configHash,
  splitHash,
  labels,
  engine,
  device,
  notes,
}: RunRow): string {
  return `${JSON.stringify({ name, config, configHash, splitHash, labels, engine, device, notes }, null, 2)}\n`
}

function openEvents(run: RunRow, { repo, host }: TrainJobDeps, runFolder: string): RunEvents {
  return new RunEvents({
    folder: join(runFolder, 'tensorboard'),
    run,
    now: host.now,
    onFailure: (message) => {
      repo.addNote(run.id, message)
      host.publishChange(['runs'])
    },
  })
}

async function prepareAssignment(
  run: RunRow,
  options: { deps: TrainJobDeps; context: JobContext; runFolder: string },
): Promise<TrainAssignment> {
  const { deps, context, runFolder } = options
  const { config, labels } = run
  const scheme = findSchemeOf(labels)
  const load = async (part: PartName) => {
    const images = await deps.data.listImages(config.splitId, part, context.signal)
    return { images, indices: images.map((image) => encodeLabels(image, { labels, scheme })) }
  }
  const train = await load('train')
  const validation = await load('val')
  const { signal, report } = context
  const { rows, tensorsFile } = await deps.tensors.prepare([...train.images, ...validation.images], {
    inputSize: config.inputSize,
    signal,
    report,
  })
  const pack = ({ indices }: typeof train, from: number): TrainAssignment['train'] => ({
    rows: rows.slice(from, from + indices.length),
    labels: Object.fromEntries(
      tasks
        .filter((task) => labels[task] !== null)
        .map((task) => [task, Int32Array.from(indices, (index) => index[task])]),
    ),
  })
  return {
    runFolder,
    config,
    labels,
    tensorsFile,
    checkpointEveryMs,
    configHash: run.configHash,
    splitHash: run.splitHash,
    modelName: run.name,
    version: deps.host.version,
    threads: deps.host.cores,
    train: pack(train, 0),
    validation: pack(validation, train.images.length),
  }
}

/** Puts what the worker says into the job's progress and the run's curves. */
function createRecorder(
  run: RunRow,
  deps: TrainJobDeps,
  { report, events }: JobContext & { events: RunEvents },
): (message: TrainMessage) => void {
  const { repo } = deps
  const { epochs } = run.config
  const at = { step: 0, total: 0, publishedAt: 0 }
  const publish = (): void => {
    at.publishedAt = performance.now()
    deps.host.publishChange(['runs'])
  }
  const reportTraining = (message: string): void =>
    report({ phase: 'Training', done: at.step, total: at.total, message })
  return (message) => {
    switch (message.type) {
      case 'phase':
        report({ phase: message.phase, done: at.step, total: at.total === 0 ? null : at.total })
        break
      case 'sanity':
        repo.setSanity(run.id, message.sanity)
        publish()
        break
      case 'started':
        Object.assign(at, { step: message.step, total: message.totalSteps })
        repo.rewind(run.id, { epochs: message.epochs, step: message.step })
        events.start(message)
        reportTraining(
          message.step === 0 ? 'The first step takes longest' : `Going on after step ${message.step}`,
        )
        publish()
        break
      case 'step': {
        const { step, totalSteps, epoch, loss, imagesPerSecond } = message
        at.step = step
        if (step % Math.ceil(totalSteps / stepsKept) === 0) {
          repo.addStep(run.id, { step, epoch, loss })
          events.addStep({ step, loss })
        }
        const current = Math.min(epochs, Math.ceil(epoch))
        reportTraining(
          `Epoch ${current} of ${epochs}, loss ${loss.toFixed(3)}, ${imagesPerSecond.toFixed(1)} images/s`,
        )
        if (performance.now() - at.publishedAt >= publishEveryMs) publish()
        break
      }
      case 'validating':
        reportTraining(`Epoch ${message.epoch} of ${epochs}, measuring the validation part`)
        break
      case 'epoch':
        repo.addEpoch(run.id, message.record)
        events.addEpoch(message.record, message.confusion)
        publish()
        break
      default:
        message satisfies never
    }
  }
}

async function registerModel(
  run: RunRow,
  { deps, made, runFolder }: { deps: TrainJobDeps; made: TrainedModel; runFolder: string },
): Promise<ModelId> {
  const madeFolder = join(runFolder, 'model')
  const best = findBest(deps.repo.epochs(run.id), run)
  const { name: splitName, hash } = deps.data.getSplit(run.config.splitId)
  const card = describeModelCard({
    ...run,
    split: { name: splitName, hash },
    bestEpoch: best.epoch,
    validation: best.validation,
    weightsSha256: made.weightsSha256,
  })
  await writeFileAtomically(locateModel(madeFolder).card, `${JSON.stringify(card, null, 2)}\n`)
  const { name, labels, config } = run
  const { arch, inputSize } = config
  const model = { name, runId: run.id, arch, inputSize, labels, weightsSha256: made.weightsSha256 }
  return deps.models.register(model, madeFolder)
}

function findBest(epochs: readonly EpochRecord[], run: RunRow): EpochRecord {
  const best = epochs.findLast(({ isBest }) => isBest)
  if (best === undefined) {
    throw new AppError('CONFLICT', `Run ${run.id} has no epoch on record. Start a new run.`, {
      details: { runId: run.id },
    })
  }
  return best
}

function describeResult({ repo }: TrainJobDeps, run: RunRow, modelId: ModelId): TrainResult {
  const epochs = repo.epochs(run.id)
  const { epoch: bestEpoch, validation } = findBest(epochs, run)
  const { seconds, imagesPerSecond } = addUp(epochs)
  const withCount = (result: ValidationResult['race']) =>
    result === null ? null : { accuracy: result.accuracy, n: result.accuracy.n }
  return {
    runId: run.id,
    modelId,
    bestEpoch,
    seconds,
    imagesPerSecond: imagesPerSecond ?? 0,
    validation: {
      race: withCount(validation.race),
      gender: withCount(validation.gender),
      age: withCount(validation.age),
    },
  }
}
