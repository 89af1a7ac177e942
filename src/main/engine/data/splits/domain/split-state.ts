import { listBins, type GroupKinds } from './group-kinds.ts'
import type { SplitStrata } from './split-strata.ts'

/** What counts beside the cells, whose weight is 1. */
export interface PlanWeights {
  /** A part of the right size matters more than any one cell in it. */
  readonly size: number
  /** Large groups must not gather in the small parts: a part's worth lies in its number of people. */
  readonly groups: number
  /** Share of the weights that the axes other than the cells have. */
  readonly margins: number
}

export interface GroupMove {
  readonly kind: number
  readonly from: number
  readonly to: number
  /** Groups of the kind; one when absent. */
  readonly times?: number
}

export interface SavedPlan {
  readonly assigned: Int32Array
  readonly excess: Float64Array
}

/** Whole images per part that add up to all images (largest remainder), at least one each. */
function countTargets(images: number, ratios: readonly number[]): number[] {
  const exact = ratios.map((ratio) => ratio * images)
  const targets = exact.map(Math.floor)
  const byRemainder = exact.map((value, part) => ({ part, remainder: value - Math.floor(value) }))
  byRemainder.sort((a, b) => b.remainder - a.remainder || a.part - b.part)
  let rest = images - targets.reduce((sum, value) => sum + value, 0)
  for (const { part } of byRemainder) if (rest-- > 0) targets[part] = (targets[part] ?? 0) + 1
  for (let part = 0; part < targets.length; part++) {
    if ((targets[part] ?? 0) > 0) continue
    const largest = targets.indexOf(Math.max(...targets))
    targets[largest] = (targets[largest] ?? 0) - 1
    targets[part] = 1
  }
  return targets
}

/**
 * The weighted L1 distance between what each part holds and what it should hold, over all bins. Parts weigh
 * 1 / ratio, so that the same relative deviation counts the same in a small part.
 */
export class SplitState {
  readonly parts: number
  /** `[kinds, parts]` groups of each kind in each part. */
  readonly assigned: Int32Array
  readonly #kinds: GroupKinds
  readonly #bins: number
  /** `[parts, bins]` count minus target. */
  readonly #excess: Float64Array
  /** `[parts, bins]` */
  readonly #weights: Float64Array
  /** `[parts, bins]` weight / target, for the squared distance of the greedy start. */
  readonly #squareWeights: Float64Array

  constructor(
    kinds: GroupKinds,
    strata: SplitStrata,
    { ratios, weights }: { readonly ratios: readonly number[]; readonly weights: PlanWeights },
  ) {
    const { offsets, count } = listBins(strata)
    this.parts = ratios.length
    this.assigned = new Int32Array(kinds.count * ratios.length)
    this.#kinds = kinds
    this.#bins = count
    this.#excess = new Float64Array(ratios.length * count)
    this.#weights = new Float64Array(ratios.length * count)
    this.#squareWeights = new Float64Array(ratios.length * count)
    const wholes = new Float64Array(count)
    wholes[0] = strata.stratumOf.length
    wholes[1] = kinds.members.reduce((sum, members) => sum + members.length, 0)
    for (const stratum of strata.stratumOf) {
      strata.axes.forEach((axis, index) => {
        const bin = (offsets[index] ?? 0) + (axis.valueOf[stratum] ?? 0)
        wholes[bin] = (wholes[bin] ?? 0) + 1
      })
    }
    const sizes = countTargets(strata.stratumOf.length, ratios)
    ratios.forEach((ratio, part) => {
      const base = part * count
      for (let bin = 0; bin < count; bin++) this.#excess[base + bin] = -ratio * (wholes[bin] ?? 0)
      this.#excess[base] = -(sizes[part] ?? 0)
      this.#weights[base] = weights.size / ratio
      this.#weights[base + 1] = weights.groups / ratio
      strata.axes.forEach((axis, index) => {
        const from = base + (offsets[index] ?? 0)
        const share = axis.name === 'cell' ? 1 : weights.margins
        this.#weights.fill((share * axis.weight) / ratio, from, from + axis.values)
      })
      for (let at = base; at < base + count; at++) {
        this.#squareWeights[at] = (this.#weights[at] ?? 0) / Math.max(1e-9, -(this.#excess[at] ?? 0))
      }
    })
  }

  groupsIn(kind: number, part: number): number {
    return this.assigned[kind * this.parts + part] ?? 0
  }

  /** Change of the distance if `times` groups of a kind were added to a part (negative: taken away). */
  costOfAdding(kind: number, part: number, times: number): number {
    const { starts, bins, counts } = this.#kinds
    const base = part * this.#bins
    const excess = this.#excess
    const weights = this.#weights
    let cost = 0
    for (let entry = starts[kind] ?? 0, end = starts[kind + 1] ?? 0; entry < end; entry++) {
      const at = base + (bins[entry] ?? 0)
      const now = excess[at] ?? 0
      cost += (weights[at] ?? 0) * (Math.abs(now + times * (counts[entry] ?? 0)) - Math.abs(now))
    }
    return cost
  }

  /** Change of the chi-square distance if one group were added; unlike L1 it tells a nearly full part from an empty one. */
  squareCostOfAdding(kind: number, part: number): number {
    const { starts, bins, counts } = this.#kinds
    const base = part * this.#bins
    let cost = 0
    for (let entry = starts[kind] ?? 0, end = starts[kind + 1] ?? 0; entry < end; entry++) {
      const at = base + (bins[entry] ?? 0)
      const step = counts[entry] ?? 0
      cost += (this.#squareWeights[at] ?? 0) * step * (2 * (this.#excess[at] ?? 0) + step)
    }
    return cost
  }

  costOfMoving({ kind, from, to, times = 1 }: GroupMove): number {
    return this.costOfAdding(kind, from, -times) + this.costOfAdding(kind, to, times)
  }

  add(kind: number, part: number, times: number): void {
    const { starts, bins, counts } = this.#kinds
    const base = part * this.#bins
    for (let entry = starts[kind] ?? 0, end = starts[kind + 1] ?? 0; entry < end; entry++) {
      const at = base + (bins[entry] ?? 0)
      this.#excess[at] = (this.#excess[at] ?? 0) + times * (counts[entry] ?? 0)
    }
    const at = kind * this.parts + part
    this.assigned[at] = (this.assigned[at] ?? 0) + times
  }

  move({ kind, from, to, times = 1 }: GroupMove): void {
    this.add(kind, from, -times)
    this.add(kind, to, times)
  }

  /**
   * What would come back for a moved group: of `partner`, as many groups as make up its images best, at least one;
   * null when the part has none.
   */
  matchMove({ kind, from, to }: GroupMove, partner: number): GroupMove | null {
    const available = this.groupsIn(partner, to)
    if (available === 0 || partner === kind) return null
    const { sizes } = this.#kinds
    const fitting = Math.round((sizes[kind] ?? 1) / (sizes[partner] ?? 1))
    return { kind: partner, from: to, to: from, times: Math.min(available, Math.max(1, fitting)) }
  }

  /** The plan as it stands, to come back to. */
  save(): SavedPlan {
    return { assigned: this.assigned.slice(), excess: this.#excess.slice() }
  }

  restore({ assigned, excess }: SavedPlan): void {
    this.assigned.set(assigned)
    this.#excess.set(excess)
  }

  /** The whole distance, for comparing two finished plans. */
  measureDistance(): number {
    return this.#excess.reduce((sum, excess, at) => sum + (this.#weights[at] ?? 0) * Math.abs(excess), 0)
  }
}
