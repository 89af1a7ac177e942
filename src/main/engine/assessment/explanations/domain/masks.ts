import type { Random } from '#engine/base/kernel/random.ts'

/** Which regions each sample shows. */
export interface Masks {
  /** `[samples, segments]`: 1 shown, 0 hidden. */
  readonly shown: Uint8Array
  readonly samples: number
  readonly segments: number
}

/**
 * Masks as LIME draws them: the first shows all, in the others each region is shown or hidden by a coin. More samples of the same
 * stream begin with those of fewer.
 */
export function drawMasks(random: Random, { samples, segments }: Omit<Masks, 'shown'>): Masks {
  const shown = new Uint8Array(samples * segments)
  shown.fill(1, 0, segments)
  for (let at = segments; at < shown.length; at++) shown[at] = random.int(0, 1)
  return { shown, samples, segments }
}

/** The cosine distance of each mask to the one that shows all, `[samples]`, in [0, 1]; 1 for one that hides all. */
export function measureDistances({ shown, samples, segments }: Masks): Float64Array {
  return Float64Array.from({ length: samples }, (_, sample) => {
    let count = 0
    for (let at = sample * segments; at < (sample + 1) * segments; at++) count += shown[at] ?? 0
    return 1 - Math.sqrt(count / segments)
  })
}

/** LIME's kernel: what a sample at this cosine distance counts, in [0, 1]. */
export const weighDistance = (distance: number, width: number): number =>
  Math.sqrt(Math.exp(-(distance * distance) / (width * width)))
