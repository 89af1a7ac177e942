import type { TrainConfig } from '#shared/contract/train-config.contract.ts'

export interface ScheduleOptions {
  readonly schedule: TrainConfig['schedule']
  readonly maxLearningRate: number
  readonly totalSteps: number
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

/**
 * Learning rate of one optimiser step.
 * @param step Zero-based, below `totalSteps`.
 * @see torch.optim.lr_scheduler.OneCycleLR and CosineAnnealingLR; momentum is not cycled.
 */
export function learningRateAt(step: number, options: ScheduleOptions): number {
  switch (options.schedule) {
    case 'constant':
      return options.maxLearningRate
    case 'step':
      throw new RangeError('The schedule step is not built yet')
    case 'cosine':
      return interpolateCosine(options.maxLearningRate, 0, step / options.totalSteps)
    case 'one-cycle':
      return oneCycle(step, options)
    default:
      return options.schedule satisfies never
  }
}
