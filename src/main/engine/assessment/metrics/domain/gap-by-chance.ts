import { findQuantile } from '#engine/base/kernel/quantiles.ts'
import type { ClusterSums } from './cluster-sums.ts'
import { createFastRandom } from './fast-random.ts'

export interface Draws {
  readonly seed: number
  readonly draws: number
  /** Called now and then; throws to stop. */
  readonly report?: (done: number) => void
}

export interface GapByChance {
  /** Largest less smallest value over the groups that are judged. */
  readonly observed: number
  /** Mean and 95 % quantile of the gap between the same groups when labels are shuffled among people. */
  readonly expectedByChance: number
  readonly highByChance: number
  /** Share of shuffles with a gap at least as large, the observed one counted among them (Phipson & Smyth 2010). */
  readonly p: number
  readonly excess: number
}

/** Largest less smallest of the defined values. */
export function findGap(values: ArrayLike<number>, judged: readonly number[]): number {
  let [low, high] = [Infinity, -Infinity]
  for (const group of judged) {
    const value = values[group]!
    if (Number.isNaN(value)) continue
    if (value < low) low = value
    if (value > high) high = value
  }
  return high >= low ? high - low : Number.NaN
}

/** Units whose labels may be exchanged: of about the same number of images, so that groups keep their size. */
function binBySize(sizes: Float64Array): Int32Array[] {
  const bins = new Map<number, number[]>()
  sizes.forEach((size, unit) => {
    const bin = Math.min(5, Math.floor(Math.log2(Math.max(1, size))))
    const members = bins.get(bin)
    if (members === undefined) bins.set(bin, [unit])
    else members.push(unit)
  })
  return [...bins.values()].map((members) => Int32Array.from(members))
}

/** Below this share of a group's people among those who can change places with another group's, chance is not told. */
const leastShuffled = 0.5

/**
 * Judged groups of whose people fewer than half have about as many images as someone of another judged group: their labels
 * would stay where they are, and what chance gives would be what is seen.
 */
export function findUnshuffled({ group, sizes, groups }: ClusterSums, judged: readonly number[]): number[] {
  const [all, mixed] = [new Float64Array(groups), new Float64Array(groups)]
  for (const units of binBySize(sizes)) {
    const present = new Set(Array.from(units, (unit) => group[unit]!).filter((own) => judged.includes(own)))
    for (const unit of units) {
      const own = group[unit]!
      all[own]! += 1
      if (present.size > 1) mixed[own]! += 1
    }
  }
  return judged.filter((own) => mixed[own]! < leastShuffled * all[own]!)
}

const reportEvery = 16

/**
 * The gap that chance alone would give between groups of these sizes: the labels of whole people are shuffled among people
 * with about as many images, so that what binds the pictures of one person stays. Where one person stands in
 * several groups each part of theirs is shuffled for itself, which makes chance's gap too large rather than too small.
 * @returns null with fewer than two groups to judge, or where labels of one would hardly be shuffled (`findUnshuffled`)
 */
export function findGapByChance(
  sums: ClusterSums,
  judged: readonly number[],
  { seed, draws, report }: Draws,
): GapByChance | null {
  const { metric, groups, group, sizes } = sums
  const { width } = metric
  const values = Float64Array.from({ length: groups }, (_, one) => metric.value(sums.groupSums, one * width))
  const observed = findGap(values, judged)
  if (judged.length < 2 || Number.isNaN(observed)) return null
  if (findUnshuffled(sums, judged).length > 0) return null
  const bins = binBySize(sizes)
  const random = createFastRandom(seed)
  const shuffled = group.slice()
  const totals = new Float64Array(groups * width)
  const gaps = new Float64Array(draws)
  let atLeast = 0
  for (let draw = 0; draw < draws; draw++) {
    if (draw % reportEvery === 0) report?.(draw)
    totals.fill(0)
    for (const units of bins) {
      for (let last = units.length - 1; last >= 0; last--) {
        const unit = units[last]!
        const other = units[random.below(last + 1)]!
        const own = shuffled[other]!
        shuffled[other] = shuffled[unit]!
        shuffled[unit] = own
        for (let part = 0; part < width; part++)
          totals[own * width + part]! += sums.sums[unit * width + part]!
      }
    }
    for (const one of judged) values[one] = metric.value(totals, one * width)
    const gap = findGap(values, judged)
    gaps[draw] = gap
    if (gap >= observed - 1e-12) atLeast++
  }
  const expectedByChance = gaps.reduce((sum, gap) => sum + gap, 0) / draws
  return {
    observed,
    expectedByChance,
    highByChance: findQuantile(gaps.sort(), 0.95),
    p: (atLeast + 1) / (draws + 1),
    excess: observed - expectedByChance,
  }
}
