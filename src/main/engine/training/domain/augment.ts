import type { AugmentedItem } from './epoch-plan.ts'

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
