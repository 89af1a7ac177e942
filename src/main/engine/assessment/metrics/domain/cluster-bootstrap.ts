import type { Interval } from '#shared/domain/intervals.ts'
import { findQuantile } from '#engine/base/kernel/quantiles.ts'
import { findInfluences } from './cluster-estimates.ts'
import type { ClusterSums } from './cluster-sums.ts'
import { normalQuantile, normalTail } from './distributions.ts'
import { createFastRandom } from './fast-random.ts'
import type { Draws } from './gap-by-chance.ts'

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

/** Clusters whose first unit stands in the same group, as ranges of units. */
function listStrata({ cluster, group, groups }: ClusterSums): Int32Array[] {
  const strata: number[][] = Array.from({ length: groups }, () => [])
  for (let unit = 0; unit < cluster.length; unit++) {
    if (unit === 0 || cluster[unit] !== cluster[unit - 1]) strata[group[unit]!]!.push(unit)
  }
  return strata.filter(({ length }) => length > 0).map((units) => Int32Array.from(units))
}

function findEnds({ cluster }: ClusterSums): Int32Array {
  const ends = new Int32Array(cluster.length)
  for (let unit = cluster.length - 1; unit >= 0; unit--) {
    ends[unit] = cluster[unit] === cluster[unit + 1] ? ends[unit + 1]! : unit + 1
  }
  return ends
}

const reportEvery = 16

/**
 * The bootstrap over whole people, drawn with replacement within the groups (Davison & Hinkley 1997, 3.8): every group
 * keeps its number of people in each draw.
 * @returns `[draws]` per group, and of all images together last
 */
export function drawClusters(sums: ClusterSums, { seed, draws, report }: Draws): Float64Array[] {
  const { metric, groups, group } = sums
  const { width } = metric
  const strata = listStrata(sums)
  const ends = findEnds(sums)
  const random = createFastRandom(seed)
  const drawn = Array.from({ length: groups + 1 }, () => new Float64Array(draws))
  const totals = new Float64Array((groups + 1) * width)
  for (let draw = 0; draw < draws; draw++) {
    if (draw % reportEvery === 0) report?.(draw)
    totals.fill(0)
    for (const firsts of strata) {
      const count = firsts.length
      for (let one = 0; one < count; one++) {
        const first = firsts[random.below(count)]!
        for (let unit = first; unit < ends[first]!; unit++) {
          const [own, from] = [group[unit]! * width, unit * width]
          for (let part = 0; part < width; part++) totals[own + part]! += sums.sums[from + part]!
        }
      }
    }
    for (let one = 0; one < groups; one++) {
      for (let part = 0; part < width; part++) totals[groups * width + part]! += totals[one * width + part]!
      drawn[one]![draw] = metric.value(totals, one * width)
    }
    drawn[groups]![draw] = metric.value(totals, groups * width)
  }
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
