import type { TrainConfig } from '#shared/contract/train-config.contract.ts'

export interface ScheduleOptions {
  readonly schedule: TrainConfig['schedule']
  readonly maxLearningRate: number
  readonly totalSteps: number
  /** Steps of linear rise before `constant`, `step` and `cosine`; none where left out. */
  readonly warmupSteps?: number
  /** For `step`: every so many steps the rate is multiplied by `decayFactor`. */
  readonly decayEverySteps?: number
  readonly decayFactor?: number
}

type ScheduleConfig = Pick<
  TrainConfig,
  'epochs' | 'schedule' | 'learningRate' | 'warmupEpochs' | 'stepEpochs' | 'stepFactor'
>

/** A run's schedule in steps. @param stepsPerEpoch Optimiser steps, each of `accumulate` batches. */
export function planSchedule(config: ScheduleConfig, stepsPerEpoch: number): ScheduleOptions {
  const { epochs, schedule, learningRate, warmupEpochs, stepEpochs, stepFactor } = config
  return {
    schedule,
    maxLearningRate: learningRate,
    totalSteps: epochs * stepsPerEpoch,
    warmupSteps: Math.round(warmupEpochs * stepsPerEpoch),
    decayEverySteps: stepEpochs * stepsPerEpoch,
    decayFactor: stepFactor,
  }
}

/** PyTorch's defaults for OneCycleLR (Smith & Topin 2018): 30 % rising from 1/25, then down to 1/25e4. */
const risingShare = 0.3
const initialDivisor = 25
const finalDivisor = 1e4

function interpolateCosine(from: number, to: number, share: number): number {
  return to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share))
}

function oneCycle(step: number, { maxLearningRate, totalSteps }: ScheduleOptions): number {
  const initial = maxLearningRate / initialDivisor
  const peak = risingShare * totalSteps - 1
  if (step <= peak) return interpolateCosine(initial, maxLearningRate, step / peak)
  const falling = totalSteps - 1 - peak
  return interpolateCosine(maxLearningRate, initial / finalDivisor, (step - peak) / falling)
}

/** Rises by the same amount each step and is at the full rate on its last (Goyal et al. 2017). */
const warmupFactor = (step: number, warmupSteps: number): number =>
  step < warmupSteps ? (step + 1) / warmupSteps : 1

/**
 * Learning rate of one optimiser step. `cosine` falls over the steps after the warm-up; `step` counts its epochs from
 * the beginning of the run; `one-cycle` rises by itself and takes no warm-up.
 * @param step Zero-based, below `totalSteps`.
 * @see torch.optim.lr_scheduler: OneCycleLR, LinearLR before CosineAnnealingLR (SequentialLR) and times StepLR
 *   (ChainedScheduler); momentum is not cycled.
 */
export function learningRateAt(step: number, options: ScheduleOptions): number {
  const { schedule, maxLearningRate, totalSteps, warmupSteps = 0 } = options
  const { decayEverySteps = totalSteps, decayFactor = 1 } = options
  const rising = maxLearningRate * warmupFactor(step, warmupSteps)
  switch (schedule) {
    case 'constant':
      return rising
    case 'step':
      return rising * decayFactor ** Math.floor(step / decayEverySteps)
    case 'cosine':
      return step < warmupSteps
        ? rising
        : interpolateCosine(maxLearningRate, 0, (step - warmupSteps) / (totalSteps - warmupSteps))
    case 'one-cycle':
      return oneCycle(step, options)
    default:
      return schedule satisfies never
  }
}
