import { resolve } from 'node:path'
import type { JobId, RunId } from '#shared/contract/base.contract.ts'
import { AppError } from '#shared/contract/errors.ts'
import type { JobSnapshot } from '#shared/contract/job.contract.ts'
import type { EpochRecord, RunDetail, RunSummary } from '#shared/contract/run.contract.ts'
import type { TrainConfig } from '#shared/contract/train-config.contract.ts'
import type { Topic } from '#shared/contract/system.contract.ts'
import { findAgeReadOut } from '#shared/domain/age-read-out.ts'
import type { JobRunner } from '#engine/jobs/job.ts'
import { formatTimestamp, type Clock } from '#engine/kernel/clock.ts'
import { hashCanonical } from '#engine/kernel/hash.ts'
import { planHeads } from '#engine/models/domain/model-labels.ts'
import { listHeads } from '#engine/models/model-file.ts'
import { describeWeightReport } from '#engine/models/weights/match-weights.ts'
import type { InspectedWeights } from './initial-weights.ts'
import type { InitialWeightsService } from './initial-weights.service.ts'
import type { RunRepo, RunRow } from './run.repo.ts'
import type { TrainingDataService } from './training-data.service.ts'

interface RunServiceDeps {
  readonly runs: RunRepo
  readonly data: TrainingDataService
  readonly initialWeights: InitialWeightsService
  readonly jobs: JobRunner
  readonly now: Clock
  readonly cores: number
  /** Version of the library that computes. */
  readonly readRuntimeVersion: () => Promise<string>
  readonly publishChange: (topics: readonly Topic[]) => void
}

const archNames = { resnet18: 'ResNet-18', resnet34: 'ResNet-34' } as const

/** Every run with its curves, and the start of new ones. */
export class RunService {
  readonly #deps: RunServiceDeps

  constructor(deps: RunServiceDeps) {
    this.#deps = deps
  }

  /**
   * Looks at the data and the weights file, stores the run with what it found, and queues it.
   * @throws AppError NOT_FOUND for an unknown split or weights file, INVALID_INPUT for weights that do not fit,
   *   PRECONDITION when the training part is smaller than a batch or has no labels at all.
   */
  async start(
    requested: TrainConfig,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<{ runId: RunId; jobId: JobId }> {
    const { runs, data, initialWeights, jobs, now, cores, readRuntimeVersion } = this.#deps
    const init = requested.init === 'random' ? 'random' : resolve(requested.init)
    const config: TrainConfig = { ...requested, init, engine: 'onnx', device: 'cpu' }
    const split = data.getSplit(config.splitId)
    const train = await data.listImages(config.splitId, 'train')
    const validation = await data.listImages(config.splitId, 'val')
    if (train.length < config.batchSize) {
      throw new AppError(
        'PRECONDITION',
        `The training part of split ${split.name} has ${train.length} images, fewer than one batch of ${config.batchSize}. Use a smaller batch or a larger split.`,
        { details: { images: train.length, batchSize: config.batchSize } },
      )
    }
    const ageReadOut = findAgeReadOut(config.age)
    const { labels, notes } = planHeads(train, {
      scheme: split.labelScheme,
      tasks: config.tasks,
      ageReadOut,
    })
    if (Object.values(labels).every((classes) => classes === null)) {
      throw new AppError(
        'PRECONDITION',
        `No image of the training part of split ${split.name} has a label, so there is nothing to learn. Import labels first.`,
        { details: { splitId: split.id } },
      )
    }
    const { arch, inputSize } = config
    const network = { arch, inputSize, heads: listHeads(labels, ageReadOut) }
    const weights = init === 'random' ? null : await initialWeights.inspect({ file: init, network }, signal)
    const runId = runs.insert({
      name: config.name ?? `${archNames[config.arch]}, ${config.inputSize} px, seed ${config.seed}`,
      splitHash: split.hash,
      config,
      configHash: hashCanonical(config),
      labels: { ...labels },
      counts: { train: train.length, validation: validation.length },
      engine: `onnxruntime-node ${await readRuntimeVersion()}`,
      device: `CPU, ${cores} ${cores === 1 ? 'thread' : 'threads'}`,
      notes: [...notes, ...noteInit(weights), ...noteValidation(validation.length)],
      createdAt: formatTimestamp(now()),
    })
    if (weights !== null) await initialWeights.store(runId, weights)
    const job = jobs.enqueue('train', { runId })
    runs.setJob(runId, job.id)
    this.#deps.publishChange(['runs', 'project'])
    return { runId, jobId: job.id }
  }

  /** Queues a stopped run again under its own job. Throws NOT_FOUND, or CONFLICT when it runs or has ended well. */
  resume(id: RunId): { runId: RunId; jobId: JobId } {
    const { jobId } = this.find(id)
    if (jobId === null) throw new AppError('CONFLICT', `Run ${id} was never queued. Start a new run.`)
    const { state } = this.#deps.jobs.get(jobId)
    if (state === 'succeeded' || state === 'running' || state === 'queued') {
      throw new AppError(
        'CONFLICT',
        state === 'succeeded'
          ? `Run ${id} has ended well: there is nothing to go on with. Start a new run to train further.`
          : `Run ${id} is ${state} already.`,
        { details: { runId: id, state } },
      )
    }
    this.#deps.jobs.resume(jobId)
    this.#deps.publishChange(['runs'])
    return { runId: id, jobId }
  }

  /** Newest first. */
  list(): RunSummary[] {
    const epochs = this.#deps.runs.epochsByRun()
    return this.#deps.runs.list().map((run) => this.#summarise(run, epochs.get(run.id) ?? []))
  }

  /** Throws NOT_FOUND. */
  get(id: RunId): RunDetail {
    const run = this.find(id)
    const epochs = this.#deps.runs.epochs(id)
    const { labels, counts, engine, notes, sanity } = run
    const steps = this.#deps.runs.steps(id)
    return { ...this.#summarise(run, epochs), labels, counts, engine, notes, sanity, epochs, steps }
  }

  /** The stored row. Throws NOT_FOUND. */
  find(id: RunId): RunRow {
    const run = this.#deps.runs.find(id)
    if (run === undefined) {
      throw new AppError('NOT_FOUND', `There is no run ${id}. List the runs to see which there are.`, {
        details: { runId: id },
      })
    }
    return run
  }

  #summarise(run: RunRow, epochs: readonly EpochRecord[]): RunSummary {
    const { id, jobId, name, splitId, splitHash, config, configHash, device, modelId, createdAt } = run
    const job: JobSnapshot | null = jobId === null ? null : this.#deps.jobs.get(jobId)
    const best = epochs.findLast(({ isBest }) => isBest)
    const totals = addUp(epochs)
    return {
      id,
      jobId,
      name,
      splitId,
      splitHash,
      config,
      configHash,
      device,
      modelId,
      createdAt,
      state: job?.state ?? 'interrupted',
      error: job?.error?.message ?? null,
      epochsDone: epochs.length,
      bestEpoch: best?.epoch ?? null,
      best: best?.validation ?? null,
      ...totals,
    }
  }
}

/** Seconds with validation, and training images per second without it. */
export function addUp(epochs: readonly EpochRecord[]): { seconds: number; imagesPerSecond: number | null } {
  const seconds = epochs.reduce((sum, epoch) => sum + epoch.seconds, 0)
  // Every epoch trains on the same number of images, so the rates join by their harmonic mean.
  const inverse = epochs.reduce((sum, epoch) => sum + 1 / epoch.imagesPerSecond, 0)
  return { seconds, imagesPerSecond: epochs.length === 0 ? null : epochs.length / inverse }
}

function noteInit(weights: InspectedWeights | null): string[] {
  if (weights === null) return ['Training starts from random weights.']
  const { file, sha256, report } = weights
  return [`Training starts from ${file} (SHA-256 ${sha256}).`, ...describeWeightReport(report)]
}

const noteValidation = (images: number): string[] =>
  images > 0
    ? []
    : ['The split has no validation images: nothing is measured, and the last epoch becomes the model.']
