import { AppError } from '#shared/contract/errors.ts'
import type { EpochRecord, ValidationResult } from '#shared/contract/run.contract.ts'
import type { TrainConfig } from '#shared/contract/train-config.contract.ts'
import { tasks, type Task } from '#shared/domain/tasks.ts'
import type { ModelLabels } from '#engine/models/domain/model-labels.ts'
import { learningRateAt } from './domain/learning-rate.ts'
import type { RunCheckpoints } from './run-checkpoints.ts'
import type { TensorReader } from './tensor-reader.ts'
import type { ConfusionCounts } from './train-protocol.ts'
import type { LabelledTensors, TrainingFeeder } from './training-feeder.ts'
import {
  emptySums,
  firstProgress,
  type BestEpoch,
  type EpochSums,
  type TrainingProgress,
} from './training-progress.ts'
import type { StepResult, TrainBatch, TrainingSession } from './training-engine.ts'
import { validateNetwork, type Validation } from './validate-network.ts'

export interface StepEvent {
  /** One-based over the whole run. */
  readonly step: number
  readonly totalSteps: number
  /** Epochs done, as a fraction. */
  readonly epoch: number
  readonly loss: number
  readonly imagesPerSecond: number
}

export interface TrainingLoopOptions {
  readonly config: Pick<TrainConfig, 'epochs' | 'batchSize' | 'learningRate' | 'schedule'>
  readonly labels: ModelLabels
  /** Between two checkpoints within an epoch. */
  readonly checkpointEveryMs: number
}

export interface TrainingLoopDeps {
  readonly session: TrainingSession
  readonly feeder: TrainingFeeder
  readonly validation: LabelledTensors
  readonly reader: TensorReader
  readonly checkpoints: RunCheckpoints
  readonly now: () => number
  readonly isCancelled: () => boolean
  readonly onStep: (event: StepEvent) => void
  readonly onEpoch: (record: EpochRecord, confusion: ConfusionCounts) => void
  readonly onValidation: (epoch: number) => void
}

const meanAccuracy = (result: ValidationResult): number | null => {
  const values = tasks.flatMap((task) => result[task]?.accuracy.value ?? [])
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}

/**
 * The best epoch has the highest mean validation accuracy over the tasks: it is what the product reports, while
 * the summed loss is ruled by the nine age bins. Ties go to the smaller loss, then to the earlier epoch.
 */
function isBetter(candidate: BestEpoch, best: BestEpoch | null): boolean {
  if (best === null || candidate.score === null || best.score === null) return true
  if (candidate.score !== best.score) return candidate.score > best.score
  return (candidate.loss ?? Infinity) < (best.loss ?? Infinity)
}

function addStep(sums: EpochSums, result: StepResult, labels: TrainBatch['labels']): EpochSums {
  const losses = { ...sums.losses }
  const labelled = { ...sums.labelled }
  for (const [task, loss] of result.losses) {
    const count = labels.get(task)?.reduce((n, label) => n + (label >= 0 ? 1 : 0), 0) ?? 0
    losses[task] += loss * count
    labelled[task] += count
  }
  return { ...sums, loss: sums.loss + result.loss, losses, labelled }
}

/** Trains from the last checkpoint to the end, or until somebody cancels. */
export class TrainingLoop {
  readonly #options: TrainingLoopOptions
  readonly #deps: TrainingLoopDeps
  readonly #totalSteps: number
  #progress: TrainingProgress
  #savedAt: number

  constructor(
    options: TrainingLoopOptions,
    deps: TrainingLoopDeps,
    progress: TrainingProgress = firstProgress,
  ) {
    this.#options = options
    this.#deps = deps
    this.#progress = progress
    this.#totalSteps = options.config.epochs * deps.feeder.batchesPerEpoch
    this.#savedAt = deps.now()
  }

  /**
   * @returns The progress at the end; fewer epochs than asked for mean that it was cancelled, with a checkpoint
   *   taken at that step.
   * @throws AppError PRECONDITION when the loss is not a number; the last checkpoint is kept.
   */
  async run(): Promise<TrainingProgress> {
    while (this.#progress.epoch <= this.#options.config.epochs) {
      const isComplete = (await this.#trainEpoch()) && (await this.#closeEpoch())
      if (!isComplete) {
        await this.#save()
        break
      }
    }
    return this.#progress
  }

  async #trainEpoch(): Promise<boolean> {
    const { feeder, now, isCancelled } = this.#deps
    while (this.#progress.stepsOfEpoch < feeder.batchesPerEpoch) {
      if (isCancelled()) return false
      if (now() - this.#savedAt >= this.#options.checkpointEveryMs) await this.#save()
      await this.#step()
    }
    return true
  }

  async #step(): Promise<void> {
    const { feeder, session, now, onStep } = this.#deps
    const { epoch, stepsOfEpoch, sums } = this.#progress
    const { batchSize } = this.#options.config
    const startedAt = now()
    const batch = feeder.makeBatch(epoch, stepsOfEpoch)
    const fedAt = now()
    const step = (epoch - 1) * feeder.batchesPerEpoch + stepsOfEpoch
    const result = await session.step(batch, { learningRate: this.#learningRate(step) })
    const endedAt = now()
    if (!Number.isFinite(result.loss)) throw this.#explainDivergence(step)
    this.#progress = {
      ...this.#progress,
      stepsOfEpoch: stepsOfEpoch + 1,
      sums: {
        ...addStep(sums, result, batch.labels),
        seconds: sums.seconds + (endedAt - startedAt) / 1000,
        feederWaitSeconds: sums.feederWaitSeconds + (fedAt - startedAt) / 1000,
      },
    }
    onStep({
      step: step + 1,
      totalSteps: this.#totalSteps,
      epoch: (step + 1) / feeder.batchesPerEpoch,
      loss: result.loss,
      imagesPerSecond: (batchSize * 1000) / Math.max(endedAt - startedAt, 1e-6),
    })
  }

  /** Validates, keeps the best weights, then moves on to the next epoch with a checkpoint. */
  async #closeEpoch(): Promise<boolean> {
    const { session, validation, reader, checkpoints, isCancelled, now, onEpoch, onValidation } = this.#deps
    const { epoch, sums, best, epochs } = this.#progress
    onValidation(epoch)
    const startedAt = now()
    const measured = await validateNetwork(session, validation, {
      reader,
      labels: this.#options.labels,
      isCancelled,
    })
    if (measured === null) return false
    if (measured.loss !== null && !Number.isFinite(measured.loss))
      throw this.#explainDivergence(this.#lastStep())
    const candidate: BestEpoch = { epoch, score: meanAccuracy(measured.result), loss: measured.loss }
    const isBest = isBetter(candidate, best)
    const weights = session.weights()
    if (isBest) await checkpoints.saveBest(weights, epoch)
    const record = this.#describeEpoch(measured, {
      sums,
      isBest,
      seconds: sums.seconds + (now() - startedAt) / 1000,
    })
    this.#progress = {
      epoch: epoch + 1,
      stepsOfEpoch: 0,
      sums: emptySums,
      best: isBest ? candidate : best,
      epochs: [...epochs, record],
    }
    await this.#save()
    onEpoch(record, measured.confusion)
    return true
  }

  #describeEpoch(
    measured: Validation,
    timing: { sums: EpochSums; isBest: boolean; seconds: number },
  ): EpochRecord {
    const { sums, isBest, seconds } = timing
    const steps = this.#deps.feeder.batchesPerEpoch
    const lossOf = (task: Task) =>
      sums.labelled[task] === 0 ? null : sums.losses[task] / sums.labelled[task]
    return {
      epoch: this.#progress.epoch,
      learningRate: this.#learningRate(this.#lastStep()),
      trainLoss: sums.loss / steps,
      trainLosses: { age: lossOf('age'), gender: lossOf('gender'), race: lossOf('race') },
      validationLoss: measured.loss,
      validation: measured.result,
      raceByGroup: measured.raceByGroup,
      byRace: [],
      lossWeights: null,
      gradientNorm: null,
      seconds,
      feederWaitSeconds: sums.feederWaitSeconds,
      imagesPerSecond: (steps * this.#options.config.batchSize) / Math.max(sums.seconds, 1e-6),
      isBest,
    }
  }

  async #save(): Promise<void> {
    const { session, checkpoints, now } = this.#deps
    await checkpoints.saveLast({
      weights: session.weights(),
      optimiser: session.optimiser(),
      progress: this.#progress,
    })
    this.#savedAt = now()
  }

  #lastStep(): number {
    return this.#progress.epoch * this.#deps.feeder.batchesPerEpoch - 1
  }

  #learningRate(step: number): number {
    const { schedule, learningRate } = this.#options.config
    return learningRateAt(step, { schedule, maxLearningRate: learningRate, totalSteps: this.#totalSteps })
  }

  #explainDivergence(step: number): AppError {
    const rate = this.#learningRate(step).toPrecision(3)
    return new AppError(
      'PRECONDITION',
      `The loss is no longer a number at step ${step + 1} of ${this.#totalSteps} (epoch ${this.#progress.epoch}, ` +
        `learning rate ${rate}). The last checkpoint is kept. Start a new run with a smaller learning rate.`,
      { details: { step: step + 1, epoch: this.#progress.epoch } },
    )
  }
}
