import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { runId, type ModelId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { EpochRecord, TrainResult, ValidationResult } from '#shared/contract/run.contract.ts'
import { bundledInit, isBackbone } from '#shared/domain/architectures.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import type { JobHandler } from '#engine/base/jobs/job.ts'
import { writeFileAtomically } from '#engine/base/kernel/atomic-file.ts'
import type { StoredFiles } from '#engine/base/integrity/stored-files.ts'
import { hashBytes } from '#engine/base/kernel/hash.ts'
import type { Clock } from '#engine/base/kernel/clock.ts'
import { describeModelCard } from '#engine/learning/models/domain/model-card.ts'
import { locateModel } from '#engine/learning/models/model-file.ts'
import type { ModelService } from '#engine/learning/models/model.service.ts'
import { runWorker } from '#engine/base/threads/run-worker.ts'
import type { WorkerLocator } from '#engine/base/threads/worker-locator.ts'
import { listEventPaths } from '#engine/networks/tensorboard/event-files.ts'
import { locateInspectedWeights } from './initial-weights.ts'
import type { FaceDescriptorService } from './face-descriptors.service.ts'
import { prepareAssignment, prepareProbe } from './prepare-assignment.ts'
import { createTrainingRecorder } from './record-training.ts'
import { RunCheckpoints } from './run-checkpoints.ts'
import { checkHasCheckpoints } from './run-control.service.ts'
import type { RunRepo, RunRow } from './run.repo.ts'
import { addUp, type RunService } from './run.service.ts'
import type { DeviceService } from '#engine/networks/devices/device.service.ts'
import type { TensorService } from '#engine/networks/tensors/tensor.service.ts'
import { RunEvents } from './run-events.ts'
import { trainedModel, trainMessage, type TrainedModel } from './train-protocol.ts'
import type { TrainingDataService } from '#engine/learning/training/training-data.service.ts'

const input = z.object({
  runId,
  /** Trains no further: the best epoch so far becomes the model. */
  keepBest: z.boolean().default(false),
  /** Instead of the run's own, which may have gone. */
  device: z.literal('cpu').optional(),
})
type TrainInput = z.infer<typeof input>

interface TrainJobDeps {
  readonly runs: RunService
  readonly repo: RunRepo
  readonly data: TrainingDataService
  readonly faces: FaceDescriptorService
  readonly tensors: TensorService
  readonly models: ModelService
  readonly devices: DeviceService
  readonly storedFiles: StoredFiles
  readonly host: {
    readonly projectFolder: string
    readonly workers: WorkerLocator
    readonly cores: number
    readonly version: string
    readonly now: Clock
    readonly publishChange: (topics: readonly Topic[]) => void
  }
}

/** Feeds, watches and records one run; the computing itself happens in its worker. */
export function createTrainJob(deps: TrainJobDeps): JobHandler<TrainInput, TrainResult> {
  return {
    kind: 'train',
    isLong: true,
    input,
    changes: ['runs', 'models', 'project'],
    title: ({ runId: id }) => `Train ${deps.runs.find(id).name}`,
    run: async ({ runId: id, keepBest, device }, context) => {
      const run = deps.runs.find(id)
      const runFolder = join(deps.host.projectFolder, 'runs', String(id))
      const checkpoints = new RunCheckpoints(runFolder, run.configHash)
      const registered = deps.models.findByRun(id)
      if (registered !== undefined) {
        await checkpoints.discardLast()
        return describeResult(deps, run, registered.id)
      }
      // Reached by the job's own resuming, which knows nothing of runs.
      checkHasCheckpoints(run)
      if (!keepBest) await deps.devices.checkTested(run.config)
      await mkdir(runFolder, { recursive: true })
      const config = describeConfig(run)
      await writeFileAtomically(join(runFolder, 'config.json'), config)
      deps.storedFiles.record(join(runFolder, 'config.json'), hashBytes(config))
      if (run.config.init !== 'random' && run.config.init !== bundledInit)
        await deps.storedFiles.verify(locateInspectedWeights(runFolder), { advice: newRunAdvice })
      const work = keepBest ? 'keep-best' : 'train'
      if (device !== undefined && device !== run.config.device)
        deps.repo.addNote(id, noteOtherDevice(run.config.device, device))
      await noteChangedEvents(run, deps, runFolder)
      await using events = openEvents(run, deps, runFolder)
      const task = isBackbone(run.config.arch)
        ? { name: 'train', input: await prepareAssignment(run, deps, { runFolder, work, context, device }) }
        : { name: 'fit-probe', input: await prepareProbe(run, deps, { runFolder, context }) }
      const made = await runWorker({
        workers: deps.host.workers,
        ...task,
        progress: trainMessage,
        result: trainedModel,
        onProgress: createTrainingRecorder(run, {
          repo: deps.repo,
          events,
          report: context.report,
          publishChange: deps.host.publishChange,
        }),
        signal: context.signal,
      })
      events.succeed()
      if (made.note !== null) deps.repo.addNote(id, made.note)
      if (!deps.repo.epochs(id).some(({ epoch }) => epoch === made.best.epoch))
        deps.repo.addEpoch(id, made.best)
      const modelId = await registerModel(deps.runs.find(id), { deps, made, runFolder })
      await checkpoints.discardLast()
      return describeResult(deps, run, modelId)
    },
  }
}

const noteOtherDevice = (begun: string, device: string): string =>
  `The run began on the device ${begun} and was resumed on ${device}: its weights differ in the last digits from those of one device alone.`

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

const newRunAdvice = 'Start a new run, which looks at its weights file again.'

/** The events are for people to look at: whoever resumes the run is told, and it goes on without them. */
async function noteChangedEvents(
  run: RunRow,
  { repo, storedFiles }: TrainJobDeps,
  runFolder: string,
): Promise<void> {
  const advice = 'TensorBoard shows what is left of it; the run and its model do not depend on it.'
  // Of a folder that cannot be read whoever writes the events tells, which stops no training either.
  const files = await listEventPaths(join(runFolder, 'tensorboard')).catch(() => [])
  for (const file of files) {
    const fault = await storedFiles.findFault(file, { advice })
    if (fault !== null && !run.notes.includes(fault.message)) repo.addNote(run.id, fault.message)
  }
}

function openEvents(run: RunRow, { repo, host, storedFiles }: TrainJobDeps, runFolder: string): RunEvents {
  return new RunEvents({
    folder: join(runFolder, 'tensorboard'),
    run,
    now: host.now,
    onClosed: (file) => storedFiles.recordWritten(file),
    onFailure: (message) => {
      repo.addNote(run.id, message)
      host.publishChange(['runs'])
    },
  })
}

async function registerModel(
  run: RunRow,
  { deps, made, runFolder }: { deps: TrainJobDeps; made: TrainedModel; runFolder: string },
): Promise<ModelId> {
  const madeFolder = join(runFolder, 'model')
  const { best } = made
  const { name: splitName, hash } = deps.data.getSplit(run.config.splitId)
  const card = describeModelCard({
    ...run,
    split: { name: splitName, hash },
    bestEpoch: best.epoch,
    validation: best.validation,
    weightsSha256: made.weightsSha256,
  })
  const cardText = `${JSON.stringify(card, null, 2)}\n`
  await writeFileAtomically(locateModel(madeFolder).card, cardText)
  const { name, labels, config } = run
  const { arch, inputSize } = config
  const model = { name, runId: run.id, arch, inputSize, labels, weightsSha256: made.weightsSha256 }
  const { onnxSha256 } = made
  return deps.models.register(model, { folder: madeFolder, onnxSha256, cardSha256: hashBytes(cardText) })
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

function describeAge(age: ValidationResult['age']): TrainResult['validation']['age'] {
  if (age === null) return null
  const { accuracy, years } = age
  return { accuracy, n: accuracy.n, years, ...(years === null ? {} : { maeYears: years.mae }) }
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
      age: describeAge(validation.age),
    },
  }
}
