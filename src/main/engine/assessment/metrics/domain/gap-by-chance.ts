import { findQuantile } from '#engine/base/kernel/quantiles.ts'
import type { ClusterSums } from './cluster-sums.ts'
import { EqualSums } from './equal-sums.ts'
import { countDraws, makeDraws, type Draws } from './draw-blocks.ts'

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

/** Units of one bin in a row: the group of each, and which kind of sums it has. */
interface ShuffledBin {
  readonly labels: Int32Array
  readonly kindOf: Int32Array
}

/** Kinds of equal sums, `[kinds, width]`, and the bins that name them. */
function listKinds({ sizes, sums, group, metric }: ClusterSums) {
  const { width } = metric
  const equal = new EqualSums(width)
  const kinds: number[] = []
  const bins = binBySize(sizes).map((units): ShuffledBin => ({
    labels: Int32Array.from(units, (unit) => group[unit]!),
    kindOf: Int32Array.from(units, (unit) => {
      const own = sums.subarray(unit * width, (unit + 1) * width)
      const { number, isNew } = equal.number(own)
      if (isNew) for (const sum of own) kinds.push(sum)
      return number
    }),
  }))
  return { bins, kinds: Float64Array.from(kinds) }
}

/** Where there are no more kinds than this for each group, counting them is quicker than adding sums up. */
const mostKinds = 64

/** What there is to observe, or null with fewer than two groups to judge or where labels of one would hardly be shuffled. */
function observeGap(sums: ClusterSums, judged: readonly number[]): number | null {
  const { metric, groups, groupSums } = sums
  const values = Float64Array.from({ length: groups }, (_, one) =>
    metric.value(groupSums, one * metric.width),
  )
  const observed = findGap(values, judged)
  if (judged.length < 2 || Number.isNaN(observed)) return null
  return findUnshuffled(sums, judged).length > 0 ? null : observed
}

/**
 * Gaps between groups of these sizes when the labels of whole people are shuffled among people with about as many images, so
 * that what binds the pictures of one person stays. Where one person stands in several groups each part of theirs is
 * shuffled for itself, which makes chance's gap too large rather than too small.
 * @returns `[draws]` of the blocks that are asked for; null where `findGapByChance` gives none
 */
export function shuffleGaps(sums: ClusterSums, judged: readonly number[], draws: Draws): Float64Array | null {
  if (observeGap(sums, judged) === null) return null
  const { metric, groups } = sums
  const { width } = metric
  const { bins, kinds } = listKinds(sums)
  const kindCount = kinds.length / width
  const areCounted = kindCount <= mostKinds
  const counts = new Int32Array(areCounted ? groups * kindCount : 0)
  const totals = new Float64Array(groups * width)
  const values = new Float64Array(groups)
  const gaps = new Float64Array(countDraws(draws))
  let shuffled: Int32Array[] = []
  makeDraws(draws, {
    begin: () => {
      shuffled = bins.map(({ labels }) => labels.slice())
    },
    draw: (random, at) => {
      totals.fill(0)
      counts.fill(0)
      for (let bin = 0; bin < bins.length; bin++) {
        const labels = shuffled[bin]!
        const { kindOf } = bins[bin]!
        for (let last = labels.length - 1; last >= 0; last--) {
          const other = random.below(last + 1)
          const own = labels[other]!
          labels[other] = labels[last]!
          labels[last] = own
          const kind = kindOf[last]!
          if (areCounted) counts[own * kindCount + kind]! += 1
          else
            for (let part = 0; part < width; part++)
              totals[own * width + part]! += kinds[kind * width + part]!
        }
      }
      if (areCounted) addKinds(totals, counts, { kinds, width })
      for (const one of judged) values[one] = metric.value(totals, one * width)
      gaps[at] = findGap(values, judged)
    },
  })
  return gaps
}

/** Adds up `counts` `[groups, kinds]` of sums. */
function addKinds(
  totals: Float64Array,
  counts: Int32Array,
  { kinds, width }: { readonly kinds: Float64Array; readonly width: number },
): void {
  const kindCount = kinds.length / width
  for (let at = 0; at < counts.length; at++) {
    const times = counts[at]!
    if (times === 0) continue
    const [own, from] = [Math.floor(at / kindCount) * width, (at % kindCount) * width]
    for (let part = 0; part < width; part++) totals[own + part]! += times * kinds[from + part]!
  }
}

/** What the gaps of all shuffles say of the one that is observed. @param gaps of `shuffleGaps`, block after block */
export function describeGap(
  sums: ClusterSums,
  judged: readonly number[],
  gaps: Float64Array | null,
): GapByChance | null {
  const observed = observeGap(sums, judged)
  if (observed === null || gaps === null) return null
  const atLeast = gaps.reduce((count, gap) => count + (gap >= observed - 1e-12 ? 1 : 0), 0)
  const expectedByChance = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
  return {
    observed,
    expectedByChance,
    highByChance: findQuantile(gaps.toSorted(), 0.95),
    p: (atLeast + 1) / (gaps.length + 1),
    excess: observed - expectedByChance,
  }
}

/**
 * The gap that chance alone would give between groups of these sizes (`shuffleGaps`).
 * @returns null with fewer than two groups to judge, or where labels of one would hardly be shuffled (`findUnshuffled`)
 */
export const findGapByChance = (
  sums: ClusterSums,
  judged: readonly number[],
  draws: Draws,
): GapByChance | null => describeGap(sums, judged, shuffleGaps(sums, judged, draws))
