import { createRandom } from '#engine/base/kernel/random.ts'
import { orderEpoch, type Sampling } from './sampling.ts'

/** What happens to one image on its way into a batch; offsets are in `[0, 2 * padding]`, `padding` changes nothing. */
export interface AugmentedItem {
  readonly index: number
  readonly isFlipped: boolean
  readonly offsetX: number
  readonly offsetY: number
}

export interface EpochPlanOptions {
  readonly sampling: Sampling
  readonly seed: number
  /** One-based. */
  readonly epoch: number
  readonly flip: boolean
  /** Pixels of reflected padding that the crop may use; 0 for no crop. */
  readonly padding: number
}

/**
 * Order and augmentation of every image in one epoch. It depends on its arguments alone, so a resumed epoch
 * continues as it began.
 */
export function planEpoch({ sampling, seed, epoch, flip, padding }: EpochPlanOptions): AugmentedItem[] {
  const order = orderEpoch(sampling, { seed, epoch })
  const random = createRandom(seed, ['augment', epoch])
  return Array.from(order, (index) => {
    const isFlipped = random.int(0, 1) === 1
    const offsetX = random.int(0, 2 * padding)
    const offsetY = random.int(0, 2 * padding)
    return { index, isFlipped: flip && isFlipped, offsetX, offsetY }
  })
}

/** A tenth of the side, rounded down: 6 pixels at 64. */
export const cropPadding = (inputSize: number): number => Math.floor(inputSize / 10)
