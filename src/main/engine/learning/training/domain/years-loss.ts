import type { TrainConfig } from '#shared/contract/train-config.contract.ts'
import { crossEntropy } from '#engine/networks/architecture/softmax.ts'

/** What an age head in years is trained by. */
export type YearsLoss =
  { readonly kind: 'l1' | 'l2' | 'cross-entropy' } | { readonly kind: 'huber'; readonly delta: number }

/** Null for an age in bins. */
export function findYearsLoss(age: TrainConfig['age']): YearsLoss | null {
  if (age.target === 'bins') return null
  return age.loss === 'huber' ? { kind: 'huber', delta: age.huberDelta } : { kind: age.loss }
}

/**
 * One image's loss in the units that the head is trained by: years, squared years, `torch.nn.HuberLoss`, or nats of the
 * whole year among the head's numbers, where everybody older counts as its last.
 */
export function measureYears(
  loss: YearsLoss,
  { predicted, numbers, years }: { predicted: number; numbers: ArrayLike<number>; years: number },
): number {
  const error = Math.abs(predicted - years)
  switch (loss.kind) {
    case 'l1':
      return error
    case 'l2':
      return error ** 2
    case 'huber':
      return error <= loss.delta ? error ** 2 / 2 : loss.delta * (error - loss.delta / 2)
    case 'cross-entropy':
      return crossEntropy(numbers, Math.min(Math.floor(years), numbers.length - 1))
    default:
      return loss satisfies never
  }
}
