import type { Interval } from '#shared/domain/intervals.ts'
import { findQuantile } from '#engine/base/kernel/quantiles.ts'
import { findInfluences } from './cluster-estimates.ts'
import type { ClusterSums } from './cluster-sums.ts'
import { normalQuantile, normalTail } from './distributions.ts'
import { EqualSums } from './equal-sums.ts'
import { countDraws, makeDraws, type Draws } from './draw-blocks.ts'

export interface BootstrapIntervals {
  readonly percentile: Interval
  /**
   * The percentile one reflected about the value (Davison & Hinkley 1997, 5.2): it goes against the bias of a figure that
   * resampling moves away from 0, and leaves out the value where the percentile one does.
   */
  readonly basic: Interval
  /** Bias-corrected and accelerated (Efron 1987); the percentile one where a rough metric gives no acceleration. */
  readonly bca: Interval
  /** Draws that leave the figure defined. */
  readonly defined: number
}

/** Clusters whose first unit stands in the same group. */
interface Stratum {
  /** `[clusters]` which of `kinds` each one is. */
  readonly kindOf: Int32Array
  /** Ranges of units, `[from, to)` one after the other: one cluster of each kind. */
  readonly kinds: Int32Array
}

/** Clusters with the same sums in the same groups are of one kind, so that drawing one is counting it. */
function listStrata({ cluster, group, groups, sums, metric }: ClusterSums): Stratum[] {
  const { width } = metric
  const found = Array.from({ length: groups }, () => ({
    kindOf: [] as number[],
    kinds: [] as number[],
    equal: new EqualSums(width),
  }))
  for (let first = 0; first < cluster.length;) {
    let end = first + 1
    while (end < cluster.length && cluster[end] === cluster[first]) end++
    const stratum = found[group[first]!]!
    const own = sums.subarray(first * width, end * width)
    const { number: kind, isNew } = stratum.equal.number(own, group.subarray(first, end).join())
    if (isNew) stratum.kinds.push(first, end)
    stratum.kindOf.push(kind)
    first = end
  }
  return found
    .filter(({ kindOf }) => kindOf.length > 0)
    .map(({ kindOf, kinds }) => ({ kindOf: Int32Array.from(kindOf), kinds: Int32Array.from(kinds) }))
}

/**
 * The bootstrap over whole people, drawn with replacement within the groups (Davison & Hinkley 1997, 3.8): every group
 * keeps its number of people in each draw.
 * @returns `[draws]` per group, and of all images together last; of the blocks that are asked for
 */
export function drawClusters(sums: ClusterSums, draws: Draws): Float64Array[] {
  const { metric, groups, group } = sums
  const { width } = metric
  const strata = listStrata(sums)
  const times = strata.map(({ kinds }) => new Int32Array(kinds.length / 2))
  const count = countDraws(draws)
  const drawn = Array.from({ length: groups + 1 }, () => new Float64Array(count))
  const totals = new Float64Array((groups + 1) * width)
  makeDraws(draws, {
    draw: (random, at) => {
      totals.fill(0)
      for (let stratum = 0; stratum < strata.length; stratum++) {
        const { kindOf, kinds } = strata[stratum]!
        const counts = times[stratum]!
        counts.fill(0)
        const { length } = kindOf
        for (let one = 0; one < length; one++) counts[kindOf[random.below(length)]!]! += 1
        for (let kind = 0; kind < counts.length; kind++) {
          const weight = counts[kind]!
          if (weight === 0) continue
          for (let unit = kinds[kind * 2]!; unit < kinds[kind * 2 + 1]!; unit++) {
            const [own, from] = [group[unit]! * width, unit * width]
            for (let part = 0; part < width; part++) totals[own + part]! += weight * sums.sums[from + part]!
          }
        }
      }
      for (let one = 0; one < groups; one++) {
        for (let part = 0; part < width; part++) totals[groups * width + part]! += totals[one * width + part]!
        drawn[one]![at] = metric.value(totals, one * width)
      }
      drawn[groups]![at] = metric.value(totals, groups * width)
    },
  })
  return drawn
}

/** A figure that more than this share of the draws leave undefined rests on too few people. */
const undefinedShare = 0.01

/** Intervals of drawn values at level `1 - alpha`. @returns null where too many draws leave the figure undefined */
export function findIntervals(
  drawn: Float64Array,
  {
    value,
    acceleration,
    alpha = 0.05,
  }: { readonly value: number; readonly acceleration: number; readonly alpha?: number },
): BootstrapIntervals | null {
  const defined = drawn.filter((one) => !Number.isNaN(one)).sort()
  const { length } = defined
  if (length === 0 || drawn.length - length > undefinedShare * drawn.length) return null
  const tail = alpha / 2
  const percentile = { low: findQuantile(defined, tail), high: findQuantile(defined, 1 - tail) }
  const basic = { low: 2 * value - percentile.high, high: 2 * value - percentile.low }
  const below = defined.reduce((sum, one) => sum + (one < value ? 1 : one === value ? 0.5 : 0), 0) / length
  if (below <= 0 || below >= 1) return { percentile, basic, bca: percentile, defined: length }
  const bias = normalQuantile(below)
  const shift = (share: number): number => {
    const moved = bias + normalQuantile(share)
    return 1 - normalTail(bias + moved / (1 - acceleration * moved))
  }
  const bca = { low: findQuantile(defined, shift(tail)), high: findQuantile(defined, shift(1 - tail)) }
  return { percentile, basic, bca, defined: length }
}

/** A sixth of the skewness of each group's influences, `[groups]`: how the standard error changes with the value. */
export function findAccelerations(sums: ClusterSums): Float64Array {
  const influences = findInfluences(sums)
  const [squares, cubes] = [new Float64Array(sums.groups), new Float64Array(sums.groups)]
  influences.forEach((influence, unit) => {
    const own = sums.group[unit]!
    squares[own]! += influence ** 2
    cubes[own]! += influence ** 3
  })
  return cubes.map((cube, own) => (squares[own]! > 0 ? cube / (6 * squares[own]! ** 1.5) : 0))
}
