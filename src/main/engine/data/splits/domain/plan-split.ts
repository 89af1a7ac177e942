import { createRandom, type Random } from '#engine/base/kernel/random.ts'
import type { ImageGroups } from './group-images.ts'
import { collectGroupKinds, type GroupKinds } from './group-kinds.ts'
import { SplitState, type GroupMove, type PlanWeights } from './split-state.ts'
import type { SplitStrata } from './split-strata.ts'

/** Goes into the hash of every split made now; a change of the plan that the same input and seed give needs a new number. */
export const splitAlgorithm = 'evenhand-split/2'

export interface SplitRules {
  /** Share of the images for each part; they add up to 1. */
  readonly ratios: readonly number[]
  readonly seed: number
  /** How the plan is searched; without it as folds have always been. */
  readonly method?: PlanMethod
}

interface PlanMethod {
  /** Names the stream of random numbers. */
  readonly name: string
  /** Single images are dealt out after all groups, as the change that makes up what groups left uneven. */
  readonly dealsSinglesLast: boolean
  /** Random exchanges per kind of group, and at most. */
  readonly roundsPerKind: number
  readonly maxRounds: number
  /** Evaluated exchanges of each descent, however many kinds there are. */
  readonly descentBudget: number
  /** Partners looked at for one move when there are too many kinds to try all pairs. */
  readonly sampledPartners: number
  readonly weights: PlanWeights
}

/** How folds, and splits up to `evenhand-split/1`, are planned: the same seed goes on giving the same folds. */
export const foldMethod: PlanMethod = {
  name: 'evenhand-split/1',
  dealsSinglesLast: false,
  roundsPerKind: 1500,
  maxRounds: 3_000_000,
  descentBudget: 5_000_000,
  sampledPartners: 128,
  weights: { size: 4, groups: 0.5, margins: 1 },
}

/** How splits are planned. */
export const splitMethod: PlanMethod = {
  name: splitAlgorithm,
  dealsSinglesLast: true,
  roundsPerKind: 1500,
  maxRounds: 400_000,
  descentBudget: 1_500_000,
  sampledPartners: 48,
  weights: { size: 4, groups: 0.5, margins: 0.4 },
}

const tolerance = 1e-9
/**
 * Temperatures in units of the distance: one image in a cell of a part that holds a tenth costs 10. Chosen on mixed
 * groups of 1 to 10 images; see tests/integration/engine/data/splits/splits.test.ts.
 */
const temperatures = { hottest: 80, coldest: 1 } as const
/** A small part holds few kinds of groups, so one random draw would seldom find a partner in it. */
const partnerDraws = 8

const listIndices = (count: number): Int32Array => Int32Array.from({ length: count }, (_, index) => index)

/** Whole shares first, then the groups that are left, those with the largest variance first. */
function assignGreedily(
  state: SplitState,
  kinds: GroupKinds,
  { ratios, method }: Pick<Required<SplitRules>, 'ratios' | 'method'>,
  random: Random,
): void {
  const order = random.shuffle(listIndices(kinds.count))
  order.sort((a, b) => (kinds.deviations[b] ?? 0) - (kinds.deviations[a] ?? 0))
  const isDealt = (kind: number): boolean => method.dealsSinglesLast && kinds.sizes[kind] === 1
  if (method.dealsSinglesLast) order.sort((a, b) => (kinds.sizes[b] ?? 0) - (kinds.sizes[a] ?? 0))
  const left = kinds.members.map((members) => members.length)
  for (const kind of order) {
    if (isDealt(kind)) continue
    const groups = left[kind] ?? 0
    ratios.forEach((ratio, part) => {
      const share = Math.floor(ratio * groups)
      state.add(kind, part, share)
      left[kind] = (left[kind] ?? 0) - share
    })
  }
  const parts = random.shuffle(listIndices(state.parts))
  for (const kind of order) {
    for (let rest = left[kind] ?? 0; rest > 0; rest--) {
      let best = 0
      let bestCost = Infinity
      for (const part of parts) {
        const cost = state.squareCostOfAdding(kind, part)
        if (cost < bestCost) [best, bestCost] = [part, cost]
      }
      state.add(kind, best, 1)
    }
  }
}

/**
 * Random moves and swaps, those that make the plan worse accepted with falling probability (simulated annealing,
 * Kirkpatrick et al. 1983): groups of mixed sizes leave plain descent in poor local optima.
 */
function anneal(state: SplitState, kinds: GroupKinds, method: PlanMethod, random: Random): void {
  const { roundsPerKind, maxRounds } = method
  const { hottest, coldest } = temperatures
  const rounds = Math.min(maxRounds, kinds.count * roundsPerKind)
  for (let round = 0; round < rounds; round++) {
    const temperature = hottest * (coldest / hottest) ** (round / rounds)
    const accepts = (cost: number): boolean => cost <= 0 || random.float() < Math.exp(-cost / temperature)
    const kind = random.int(0, kinds.count - 1)
    let from = random.int(0, state.parts - 1)
    while (state.groupsIn(kind, from) === 0) from = (from + 1) % state.parts
    const to = (from + random.int(1, state.parts - 1)) % state.parts
    const move: GroupMove = { kind, from, to }
    const cost = state.costOfMoving(move)
    let back: GroupMove | null = null
    for (let draw = 0; draw < partnerDraws && back === null; draw++) {
      back = state.matchMove(move, random.int(0, kinds.count - 1))
    }
    state.move(move)
    if (back !== null && accepts(cost + state.costOfMoving(back))) state.move(back)
    else if (!accepts(cost)) state.move({ kind, from: to, to: from })
  }
}

/** Moves one group of a kind if that helps, alone or in exchange for the best of the partners. */
function improve(state: SplitState, move: GroupMove, partners: Int32Array): boolean {
  const { kind, from, to } = move
  if (state.groupsIn(kind, from) === 0) return false
  const cost = state.costOfMoving(move)
  state.move(move)
  if (cost < -tolerance) return true
  let best: GroupMove = { kind, from: to, to: from }
  let bestCost = -cost - tolerance
  for (const partner of partners) {
    const back = state.matchMove(move, partner)
    const backCost = back === null ? Infinity : state.costOfMoving(back)
    if (back !== null && backCost < bestCost) [best, bestCost] = [back, backCost]
  }
  state.move(best)
  return best.kind !== kind
}

/** Moves and swaps until none helps, or until the budget is spent. */
function descend(
  state: SplitState,
  kinds: GroupKinds,
  { descentBudget, sampledPartners, dealsSinglesLast }: PlanMethod,
  random: Random,
): void {
  const order = random.shuffle(listIndices(kinds.count))
  const triesAll = kinds.count <= 4 * sampledPartners
  // Single images are the change in which most moves can be paid back.
  const singles = dealsSinglesLast ? order.filter((kind) => kinds.sizes[kind] === 1).subarray(0, 512) : []
  const partnersOf = (): Int32Array =>
    triesAll
      ? order
      : Int32Array.from({ length: sampledPartners + singles.length }, (_, at) =>
          at < sampledPartners ? random.int(0, kinds.count - 1) : (singles[at - sampledPartners] ?? 0),
        )
  let evaluations = 0
  for (let improved = true; improved && evaluations < descentBudget;) {
    improved = false
    for (const kind of order) {
      const partners = partnersOf()
      for (let from = 0; from < state.parts; from++) {
        if (state.groupsIn(kind, from) === 0) continue
        for (let to = 0; to < state.parts; to++) {
          if (from === to) continue
          evaluations += partners.length
          improved = improve(state, { kind, from, to }, partners) || improved
        }
      }
      if (evaluations >= descentBudget) break
    }
  }
}

/** A part without any group takes the smallest group of the part that has most. */
function fillEmptyParts(state: SplitState, kinds: GroupKinds): void {
  const groups = Array.from({ length: state.parts }, () => 0)
  for (let kind = 0; kind < kinds.count; kind++) {
    for (let part = 0; part < state.parts; part++)
      groups[part] = (groups[part] ?? 0) + state.groupsIn(kind, part)
  }
  for (let part = 0; part < state.parts; part++) {
    if (groups[part] !== 0) continue
    const donor = groups.indexOf(Math.max(...groups))
    const available = listIndices(kinds.count).filter((kind) => state.groupsIn(kind, donor) > 0)
    const smallest = available.reduce((a, b) => ((kinds.sizes[b] ?? 0) < (kinds.sizes[a] ?? 0) ? b : a))
    state.move({ kind: smallest, from: donor, to: part })
    groups[donor] = (groups[donor] ?? 0) - 1
    groups[part] = 1
  }
}

/** Groups of a kind are interchangeable, so which of them goes where is the seed's choice alone. */
function drawGroups(state: SplitState, kinds: GroupKinds, random: Random): Uint8Array {
  const partOfGroup = new Uint8Array(kinds.members.reduce((sum, members) => sum + members.length, 0))
  kinds.members.forEach((members, kind) => {
    const shuffled = random.shuffle(members.slice())
    let next = 0
    for (let part = 0; part < state.parts; part++) {
      const end = next + state.groupsIn(kind, part)
      for (; next < end; next++) partOfGroup[shuffled[next] ?? 0] = part
    }
  })
  return partOfGroup
}

/**
 * Assigns every group to one part so that each part's distribution over the strata's axes is as close as possible
 * to the whole's: a greedy start in the order of scikit-learn's StratifiedGroupKFold (largest variance first),
 * then a search by moves and exchanges, straight down and by way of annealing, of which the better plan is taken.
 * The same input and seed give the same plan.
 *
 * @returns `[images]` index of the part of each image. Throws a RangeError with fewer groups than parts.
 */
export function planSplit(groups: ImageGroups, strata: SplitStrata, rules: SplitRules): Uint8Array {
  if (groups.count < rules.ratios.length) {
    throw new RangeError(`${groups.count} groups cannot fill ${rules.ratios.length} parts`)
  }
  const method = rules.method ?? foldMethod
  const random = createRandom(rules.seed, [method.name])
  const kinds = collectGroupKinds(groups, strata)
  const state = new SplitState(kinds, strata, { ratios: rules.ratios, weights: method.weights })
  assignGreedily(state, kinds, { ratios: rules.ratios, method }, random)
  const start = state.save()
  descend(state, kinds, method, random)
  const descended = { plan: state.save(), distance: state.measureDistance() }
  state.restore(start)
  anneal(state, kinds, method, random)
  descend(state, kinds, method, random)
  if (descended.distance < state.measureDistance()) state.restore(descended.plan)
  fillEmptyParts(state, kinds)
  const partOfGroup = drawGroups(state, kinds, random)
  return Uint8Array.from(groups.groupOf, (group) => partOfGroup[group] ?? 0)
}
