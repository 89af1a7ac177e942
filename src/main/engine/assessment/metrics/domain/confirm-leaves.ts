import { fewestForFigure } from '#shared/domain/fairness-metrics.ts'
import type { Estimate, Interval } from '#shared/domain/intervals.ts'
import { estimateClusters } from './cluster-estimates.ts'
import { sumClusters } from './cluster-sums.ts'
import { compareGroups } from './compare-groups.ts'
import { correctFamily } from './correct-family.ts'
import {
  findLeaf,
  growErrorTree,
  halvePeople,
  listWays,
  treeLimits,
  type Step,
  type TreeData,
} from './error-tree.ts'
import { estimateShares } from './share-estimates.ts'
import { shareMetric } from './sum-metrics.ts'

interface HalfOfLeaf {
  /** Share of wrong answers; without a value below 30 images. */
  readonly wrong: Estimate
  readonly people: number
}

/** One leaf on both halves, and whether the half that did not grow it bears it out. */
interface ConfirmedLeaf {
  readonly grown: HalfOfLeaf
  readonly held: HalfOfLeaf
  /** On the held half, all images outside of the leaf. */
  readonly rest: HalfOfLeaf
  /** The leaf's share less that of the rest on the held half, at the level of its place in the family; null where it is not tested. */
  readonly difference:
    (Interval & { readonly value: number; readonly p: number; readonly adjusted: number }) | null
  /** What the half that grew it says: more wrong answers than in the rest, or fewer. */
  readonly claim: 'more' | 'fewer'
  /** `too few`: fewer than 30 images, or one person, on a side of the held half, so that it is not tested. */
  readonly state: 'confirmed' | 'not confirmed' | 'too few'
}

interface Halves {
  readonly data: TreeData
  /** `[n]` leaf of each image; -1 for those that do not count. */
  readonly leafOf: Int8Array
  /** `[n]` whether an image is of the held half. */
  readonly isHeld: Uint8Array
  readonly leaves: number
}

/** A leaf, and the rest, as two groups of one half. */
function cutOut({ leafOf, isHeld }: Halves, leaf: number, half: 0 | 1): Int32Array {
  return Int32Array.from(leafOf, (own, image) =>
    own < 0 || isHeld[image] !== half ? -1 : own === leaf ? 0 : 1,
  )
}

function measureHalf(
  { data }: Pick<Halves, 'data'>,
  indices: ArrayLike<number>,
): readonly [HalfOfLeaf, HalfOfLeaf] {
  const { isWrong, clusters } = data
  const asked = { isAsked: () => true, isMet: (image: number) => isWrong[image] === 1, clusters }
  const shares = estimateShares(asked, { groups: ['leaf', 'rest'], indices })
  const describe = (group: number): HalfOfLeaf => {
    const people = new Set(clusters.filter((_, image) => indices[image] === group)).size
    const found = shares[group]?.estimate ?? { value: null, low: null, high: null, n: 0 }
    const isSmall = found.n < fewestForFigure
    return { people, wrong: isSmall ? { value: null, low: null, high: null, n: found.n } : found }
  }
  return [describe(0), describe(1)]
}

const countWrong = ({ data }: Halves, indices: Int32Array, group: number): { n: number; wrong: number } => {
  let [n, wrong] = [0, 0]
  indices.forEach((own, image) => {
    if (own !== group) return
    n += 1
    wrong += data.isWrong[image]!
  })
  return { n, wrong }
}

/**
 * Holds every leaf of a tree against the people who took no part in growing it: its share of wrong answers against that of all
 * others, by the intervals of two groups over people, corrected by Holm for all leaves that can be tested.
 */
export function confirmLeaves(halves: Halves, alpha = 0.05): ConfirmedLeaf[] {
  const { data, leaves } = halves
  const { isWrong, clusters } = data
  const metric = shareMetric(
    () => true,
    (image) => isWrong[image] === 1,
  )
  const names = [['leaf'], ['rest']]
  const cut = Array.from({ length: leaves }, (_, leaf) => {
    const held = cutOut(halves, leaf, 1)
    const sums = sumClusters(metric, { clusters, cells: { names, indices: held } })
    const estimates = estimateClusters(sums)
    const compare = (level: number) =>
      compareGroups(sums, estimates, {
        margin: 0.05,
        correction: 'none',
        alpha: level,
        fewest: fewestForFigure,
        pairs: [[0, 1]],
      })[0]
    return { held, grown: cutOut(halves, leaf, 0), compare }
  })
  const ps = cut.map(({ compare }) => compare(alpha)?.p ?? Number.NaN)
  const corrected = correctFamily(ps, { correction: 'holm', alpha })
  return cut.map(({ held, grown, compare }, leaf): ConfirmedLeaf => {
    const [leafHeld, rest] = measureHalf(halves, held)
    const [leafGrown] = measureHalf(halves, grown)
    const [own, others] = [countWrong(halves, grown, 0), countWrong(halves, grown, 1)]
    const claim = own.wrong * others.n > others.wrong * own.n ? 'more' : 'fewer'
    const { adjusted, level } = corrected[leaf] ?? { adjusted: Number.NaN, level: alpha }
    const pair = compare(level)
    const facts = { grown: leafGrown, held: leafHeld, rest, claim } as const
    if (pair === undefined || Number.isNaN(pair.p)) return { ...facts, difference: null, state: 'too few' }
    const { difference: value, low, high, p } = pair
    const isBorneOut = adjusted <= alpha && value > 0 === (claim === 'more')
    return {
      ...facts,
      difference: { value, low, high, p, adjusted },
      state: isBorneOut ? 'confirmed' : 'not confirmed',
    }
  })
}

interface GrownTree {
  /** Of each half as a whole. */
  readonly grown: HalfOfLeaf
  readonly held: HalfOfLeaf
  /** None where nothing could be cut in two. */
  readonly leaves: readonly (ConfirmedLeaf & { readonly way: readonly Step[] })[]
  /** `[n]` leaf of each image, -1 where it does not count. */
  readonly leafOf: Int8Array
  /** `[n]` whether it is of the held half. */
  readonly isHeld: Uint8Array
}

/** A tree on half of the people, and what the other half says of its leaves. @param data.isLabelled `[n]` whether an image counts */
export function growAndConfirm(
  data: TreeData & { readonly isLabelled: Uint8Array; readonly seed: number },
): GrownTree {
  const { isLabelled, clusters, seed } = data
  const n = isLabelled.length
  const images = Int32Array.from({ length: n }, (_, image) => image).filter(
    (image) => isLabelled[image] === 1,
  )
  const { grown, held } = halvePeople(clusters, { images, seed })
  const tree = growErrorTree(data, grown, treeLimits)
  const isHeld = new Uint8Array(n)
  for (const image of held) isHeld[image] = 1
  const leafOf = new Int8Array(n).fill(-1)
  for (const image of images) leafOf[image] = findLeaf(tree, data, image)
  const ways = listWays(tree)
  const whole = (half: 0 | 1): HalfOfLeaf =>
    measureHalf(
      { data },
      leafOf.map((leaf, image) => (leaf >= 0 && isHeld[image] === half ? 0 : -1)),
    )[0]
  const confirmed = ways.length < 2 ? [] : confirmLeaves({ data, leafOf, isHeld, leaves: ways.length })
  return {
    grown: whole(0),
    held: whole(1),
    leaves: confirmed.map((leaf, at) => ({ ...leaf, way: ways[at] ?? [] })),
    leafOf,
    isHeld,
  }
}
