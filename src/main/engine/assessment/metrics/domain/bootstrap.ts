import { findQuantile } from '#engine/base/kernel/quantiles.ts'
import { createRandom } from '#engine/base/kernel/random.ts'
import type { Interval } from '#shared/domain/intervals.ts'
import type { Figures } from './measure.ts'

export interface Resampling {
  /** Group of each item, `[items]` from 0 on without gaps; members of a group depend on each other. */
  readonly groups: Int32Array
  readonly seed: number
  readonly replicates: number
  /** Called after each replicate, so that the thread may do other things; throws to stop. */
  readonly pause: (replicatesDone: number) => Promise<void>
}

/** A figure that more than this share of the draws leave undefined rests on too few groups. */
const undefinedShare = 0.01

function findInterval(values: Float64Array): Interval | null {
  const defined = values.filter((value) => !Number.isNaN(value)).sort()
  if (values.length - defined.length > undefinedShare * values.length) return null
  return { low: findQuantile(defined, 0.025), high: findQuantile(defined, 0.975) }
}

/**
 * 95 % percentile intervals by the bootstrap over whole groups, drawn with replacement (Efron 1979; for clusters
 * Davison & Hinkley 1997, 3.8).
 * @returns One per figure; null where fewer than two groups stand behind it, or too few for it to be defined.
 */
export async function bootstrapFigures(figures: Figures, options: Resampling): Promise<(Interval | null)[]> {
  const { groups, seed, replicates, pause } = options
  const groupCount = groups.reduce((most, group) => Math.max(most, group + 1), 0)
  const width = figures(new Int32Array(groups.length).fill(1)).length
  if (groupCount < 2) return Array.from({ length: width }, () => null)
  const random = createRandom(seed, ['bootstrap'])
  const drawn = Array.from({ length: width }, () => new Float64Array(replicates))
  const times = new Int32Array(groupCount)
  const weights = new Int32Array(groups.length)
  for (let replicate = 0; replicate < replicates; replicate++) {
    times.fill(0)
    for (let draw = 0; draw < groupCount; draw++) {
      const group = random.int(0, groupCount - 1)
      times[group] = (times[group] ?? 0) + 1
    }
    for (let item = 0; item < weights.length; item++) weights[item] = times[groups[item] ?? 0] ?? 0
    figures(weights).forEach((value, index) => {
      const values = drawn[index]
      if (values !== undefined) values[replicate] = value
    })
    await pause(replicate + 1)
  }
  return drawn.map(findInterval)
}
