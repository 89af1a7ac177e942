import type { TrainConfig } from '#shared/contract/train-config.contract.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import { adjustBrightness, adjustContrast, adjustSaturation, drawFactor } from './colour-jitter.ts'
import { copyResized, drawCrop } from './crop-resized.ts'
import type { AugmentedItem } from './epoch-plan.ts'
import { drawErased, eraseWithNoise } from './erasing.ts'

type Augmentation = TrainConfig['augmentation']

/** Position in `[0, size)` after reflection at the borders without repeating the border pixel. */
function reflect(position: number, size: number): number {
  if (position < 0) return -position
  return position >= size ? 2 * (size - 1) - position : position
}

export interface AugmentTarget {
  readonly data: Uint8Array
  /** Where the image begins in `data`. */
  readonly at: number
}

/**
 * Copies one planar image `[3, size, size]` into a batch: a crop from reflected padding, then the flip.
 * @param padding As used to draw the item's offsets; smaller than `size`.
 */
export function copyAugmented(
  source: Uint8Array,
  target: AugmentTarget,
  options: { item: AugmentedItem; size: number; padding: number },
): void {
  const { item, size, padding } = options
  const columns = Int32Array.from({ length: size }, (_, x) =>
    reflect((item.isFlipped ? size - 1 - x : x) + item.offsetX - padding, size),
  )
  let write = target.at
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 0; y < size; y++) {
      const row = (channel * size + reflect(y + item.offsetY - padding, size)) * size
      for (let x = 0; x < size; x++) target.data[write++] = source[row + (columns[x] ?? 0)] ?? 0
    }
  }
}

/** The draws of one image in one epoch are independent of each other and of every other image. */
interface DrawPlace {
  readonly seed: number
  readonly epoch: number
  /** Zero-based place of the image in the epoch. */
  readonly position: number
}

function jitterColours(image: Uint8Array, augmentation: Augmentation, place: DrawPlace): void {
  const { brightness, contrast, saturation } = augmentation
  if (brightness === 0 && contrast === 0 && saturation === 0) return
  const random = createRandom(place.seed, ['jitter', place.epoch, place.position])
  const factors = [brightness, contrast, saturation].map((range) => drawFactor(random, range))
  const [brighter = 1, starker = 1, fuller = 1] = factors
  if (brightness > 0) adjustBrightness(image, brighter)
  if (contrast > 0) adjustContrast(image, starker)
  if (saturation > 0) adjustSaturation(image, fuller)
}

export interface AugmentOptions extends DrawPlace {
  readonly item: AugmentedItem
  readonly size: number
  /** As used to draw the item's offsets. */
  readonly padding: number
  readonly augmentation: Augmentation
}

/**
 * Brings one planar image `[3, size, size]` into a batch by everything that is asked for, in this order: crop and flip,
 * brightness, contrast, saturation, erasing.
 */
export function augmentImage(source: Uint8Array, target: AugmentTarget, options: AugmentOptions): void {
  const { item, size, padding, augmentation, seed, epoch, position } = options
  if (augmentation.crop === 'resized') {
    const part = drawCrop(createRandom(seed, ['crop', epoch, position]), {
      size,
      minArea: augmentation.minArea,
    })
    copyResized(source, target, { part, size, isFlipped: item.isFlipped })
  } else copyAugmented(source, target, { item, size, padding })
  const image = target.data.subarray(target.at, target.at + 3 * size * size)
  jitterColours(image, augmentation, { seed, epoch, position })
  if (augmentation.erasing === 0) return
  const random = createRandom(seed, ['erase', epoch, position])
  const erased = drawErased(random, { size, share: augmentation.erasing })
  if (erased !== null) eraseWithNoise(image, { part: erased, size, random })
}
