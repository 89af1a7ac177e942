import { AppError } from '#shared/contract/errors.ts'
import type { EpochRecord } from '#shared/contract/run.contract.ts'
import type { TrainConfig } from '#shared/contract/train-config.contract.ts'
import type { Task } from '#shared/domain/tasks.ts'
import {
  learningRateAt,
  planSchedule,
  type ScheduleOptions,
} from '#engine/learning/training/domain/learning-rate.ts'
import { addBatch, describeEpoch, scoreEpoch } from './epoch-record.ts'
import { BrokenWeightsError, type RunCheckpoints } from './run-checkpoints.ts'
import type { StepEvent } from './train-protocol.ts'
import { emptySums, firstProgress, type BestEpoch, type TrainingProgress } from './training-progress.ts'
import type {
  StateDict,
  StepOptions,
  StepResult,
  TrainBatch,
  TrainingSession,
} from '#engine/networks/architecture/training-engine.ts'
import type { Validation } from './validate-network.ts'

export interface TrainingLoopOptions {
  readonly config: Pick<TrainConfig, 'batchSize' | 'accumulate' | 'patience' | 'checkpointEvery'> &
    Parameters<typeof planSchedule>[0]
  /** Whether the age head learns years, whose labels are the batch's years. */
  readonly usesYears: boolean
  /** Between two checkpoints within an epoch. */
  readonly checkpointEveryMs: number
}

/** Gives a batch by its one-based epoch and its zero-based place in it; asked for in order. */
export interface BatchFeeder {
  readonly batchesPerEpoch: number
  nextBatch(epoch: number, batch: number): Promise<TrainBatch>
}

export interface TrainingLoopDeps {
  readonly session: TrainingSession
  readonly feeder: BatchFeeder
  /** Measures the session's model on the validation part; null when it was cancelled. */
  readonly validate: () => Promise<Validation | null>
  /** Factors of the tasks' losses for the next epoch, from those before it. */
  readonly weighLosses: (epochs: readonly EpochRecord[]) => ReadonlyMap<Task, number>
  readonly checkpoints: RunCheckpoints
  readonly now: () => number
  /** Resident memory of the process. */
  readonly readMemoryBytes: () => number
  readonly isCancelled: () => boolean
  readonly onStep: (event: StepEvent) => void
  readonly onEpoch: (record: EpochRecord, confusion: Validation['confusion']) => void
  readonly onValidation: (epoch: number) => void
}

export interface TrainingEnd {
  /** `patience`: so many epochs in a row were no better than the best one. */
  readonly reason: 'complete' | 'patience' | 'cancelled'
  readonly progress: TrainingProgress
}

/**
 * The best epoch has the highest mean validation accuracy over the tasks: it is what the product reports, while
 * the summed loss is ruled by the age head. Ties go to the smaller loss, then to the earlier epoch.
 */
function isBetter(candidate: BestEpoch, best: BestEpoch | null): boolean {
  if (best === null || candidate.score === null || best.score === null) return true
  if (candidate.score !== best.score) return candidate.score > best.score
  return (candidate.loss ?? Infinity) < (best.loss ?? Infinity)
}

/** Optimiser steps of an epoch: the last one takes the batches that are left. */
export const countSteps = (batchesPerEpoch: number, accumulate: number): number =>
  Math.ceil(batchesPerEpoch / accumulate)

/** Trains from the last checkpoint to the end, until no epoch gets better, or until somebody cancels. */
export class TrainingLoop {
  readonly #options: TrainingLoopOptions
  readonly #deps: TrainingLoopDeps
  readonly #stepsPerEpoch: number
  readonly #schedule: ScheduleOptions
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
    this.#stepsPerEpoch = countSteps(deps.feeder.batchesPerEpoch, options.config.accumulate)
    this.#schedule = planSchedule(options.config, this.#stepsPerEpoch)
    this.#savedAt = deps.now()
  }

  get totalSteps(): number {
    return this.#schedule.totalSteps
  }

  /** Steps done over the whole run. */
  get stepsDone(): number {
    return (this.#progress.epoch - 1) * this.#stepsPerEpoch + this.#progress.stepsOfEpoch
  }

  /**
   * @returns How it ended; after a cancellation with a checkpoint of that very step.
   * @throws AppError PRECONDITION when the loss is not a number; the last checkpoint and the best epoch are kept.
   */
  async run(): Promise<TrainingEnd> {
    try {
      while (this.#progress.epoch <= this.#options.config.epochs) {
        if (this.#isOutOfPatience()) return this.#end('patience')
        if ((await this.#trainEpoch()) && (await this.#closeEpoch())) continue
        await this.#save()
        return this.#end('cancelled')
      }
      return this.#end('complete')
    } catch (error) {
      if (error instanceof BrokenWeightsError)
        throw await this.#explainDivergence('The weights are', this.stepsDone)
      throw error
    }
  }

  #end(reason: TrainingEnd['reason']): TrainingEnd {
    return { reason, progress: this.#progress }
  }

  /** Follows from the progress alone, so that a resumed run stops where an undisturbed one does. */
  #isOutOfPatience(): boolean {
    const { best, epoch } = this.#progress
    const { patience } = this.#options.config
    return patience !== null && best !== null && epoch - 1 - best.epoch >= patience
  }

  async #trainEpoch(): Promise<boolean> {
    const { now, isCancelled, weighLosses } = this.#deps
    const lossWeights = weighLosses(this.#progress.epochs)
    while (this.#progress.stepsOfEpoch < this.#stepsPerEpoch) {
      if (isCancelled()) return false
      if (now() - this.#savedAt >= this.#options.checkpointEveryMs) await this.#save()
      if (!(await this.#step(lossWeights))) return false
    }
    return true
  }

  /**
   * One optimiser step over its batches. Answers false when cancelled among them: what they had accumulated is left
   * behind, and the run stands where it stood before the step.
   */
  async #step(lossWeights: StepOptions['lossWeights'] & {}): Promise<boolean> {
    const { feeder, session, now, onStep, isCancelled, readMemoryBytes } = this.#deps
    const { epoch, stepsOfEpoch } = this.#progress
    const { accumulate, batchSize } = this.#options.config
    const options = { learningRate: learningRateAt(this.stepsDone, this.#schedule), lossWeights }
    const first = stepsOfEpoch * accumulate
    const end = Math.min(first + accumulate, feeder.batchesPerEpoch)
    const startedAt = now()
    let { sums } = this.#progress
    let loss = 0
    let result: StepResult | undefined
    for (let index = first; index < end; index++) {
      if (index > first && isCancelled()) return false
      const askedAt = now()
      const batch = await feeder.nextBatch(epoch, index)
      const waitedSeconds = (now() - askedAt) / 1000
      result =
        index === end - 1 ? await session.step(batch, options) : await session.accumulate(batch, options)
      await this.#checkResult(result)
      const memoryBytes = readMemoryBytes()
      sums = addBatch(sums, result, { batch, usesYears: this.#options.usesYears, memoryBytes })
      sums = { ...sums, feederWaitSeconds: sums.feederWaitSeconds + waitedSeconds }
      loss += result.loss / (end - first)
    }
    const seconds = (now() - startedAt) / 1000
    sums = { ...sums, seconds: sums.seconds + seconds }
    this.#progress = { ...this.#progress, stepsOfEpoch: stepsOfEpoch + 1, sums }
    onStep({
      step: this.stepsDone,
      totalSteps: this.totalSteps,
      epoch: this.stepsDone / this.#stepsPerEpoch,
      loss,
      imagesPerSecond: ((end - first) * batchSize) / Math.max(seconds, 1e-9),
      feederWaitShare: sums.feederWaitSeconds / Math.max(sums.seconds, 1e-9),
      gradientNorm: result?.gradientNorm ?? null,
      memoryBytes: readMemoryBytes(),
    })
    return true
  }

  async #checkResult({ loss, gradientNorm }: StepResult): Promise<void> {
    if (!Number.isFinite(loss)) throw await this.#explainDivergence('The loss is', this.stepsDone + 1)
    if (gradientNorm !== null && !Number.isFinite(gradientNorm))
      throw await this.#explainDivergence('The gradients are', this.stepsDone + 1)
  }

  /** Validates, keeps the best weights, then moves on to the next epoch with a checkpoint. */
  async #closeEpoch(): Promise<boolean> {
    const { session, validate, checkpoints, now, onEpoch, onValidation } = this.#deps
    const { epoch, sums, best, epochs } = this.#progress
    onValidation(epoch)
    const startedAt = now()
    const measured = await validate()
    if (measured === null) return false
    if (measured.loss !== null && !Number.isFinite(measured.loss))
      throw await this.#explainDivergence('The loss on the validation part is', this.stepsDone)
    const candidate: BestEpoch = {
      epoch,
      score: scoreEpoch({ validation: measured.result }),
      loss: measured.loss,
    }
    const isBest = isBetter(candidate, best)
    const record = describeEpoch(sums, measured, {
      epoch,
      learningRate: learningRateAt(epoch * this.#stepsPerEpoch - 1, this.#schedule),
      batches: this.#deps.feeder.batchesPerEpoch,
      batchSize: this.#options.config.batchSize,
      seconds: sums.seconds + (now() - startedAt) / 1000,
      isBest,
    })
    const isKept = epoch % (this.#options.config.checkpointEvery ?? Infinity) === 0
    const weights: StateDict = isBest || isKept ? session.modelWeights() : new Map()
    if (isBest) await checkpoints.saveBest(weights, record)
    if (isKept) await checkpoints.saveEpoch(weights, record)
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

  async #save(): Promise<void> {
    const { session, checkpoints, now } = this.#deps
    await checkpoints.saveLast({
      weights: session.weights(),
      optimiser: session.optimiser(),
      progress: this.#progress,
    })
    this.#savedAt = now()
  }

  /** Says so also to whoever resumes the run, which would compute the same steps again. */
  async #explainDivergence(subject: string, step: number): Promise<AppError> {
    const { epoch, best } = this.#progress
    const rate = learningRateAt(Math.max(step, 1) - 1, this.#schedule).toPrecision(3)
    const kept =
      best === null
        ? 'No epoch was completed'
        : `Its best epoch so far, ${best.epoch}, is kept and can be made the model`
    const message =
      `${subject} no longer a number at step ${step} of ${this.totalSteps} (epoch ${epoch}, learning rate ${rate}). ` +
      `${kept}. Start a new run with a smaller learning rate or a limit on the gradients.`
    await this.#deps.checkpoints.saveDivergence(message)
    return new AppError('PRECONDITION', message, {
      details: { reason: 'DIVERGED', step, epoch, bestEpoch: best?.epoch ?? null },
    })
  }
}
